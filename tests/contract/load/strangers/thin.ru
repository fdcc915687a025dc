# Events by EventMachine on Thin: thin --rackup thin.ru --address 127.0.0.1 --port PORT start
require "rack"

# The body of a stream. Thin writes what the block that `each` gets is called with.
class Stream
  include EventMachine::Deferrable

  def each(&write)
    @write = write
  end

  def tell(block)
    @write&.call(block)
  end
end

streams = []
last = 0

run(lambda do |env|
  if env["REQUEST_METHOD"] == "POST"
    last += 1
    keyword = Rack::Request.new(env).POST["keyword"]
    streams.each { |stream| stream.tell("id: #{last}\ndata: #{keyword}\n\n") }
    next [204, {}, []]
  end
  stream = Stream.new
  streams << stream
  stream.callback { streams.delete(stream) }
  stream.errback { streams.delete(stream) }
  [200, { "Content-Type" => "text/event-stream" }, stream].then do |answer|
    EventMachine.next_tick { env["async.callback"].call(answer) }
  end
  throw :async
end)
