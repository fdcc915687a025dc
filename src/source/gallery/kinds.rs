//! The kinds of pictures: which words ask for which scenes.

use super::{
    animals, avenue, balloons, bauhaus, birches, bloom, botany, bridge, city, coast, contours, cup,
    dunes, fleet, forest, harbour, islands, mesas, moonlit, mountains, night, ridges, road,
    scene::Scene, space, still_life, street, swell, waves, winter,
};

/// A kind of picture.
pub(super) struct Kind {
    /// The words that ask for the kind, in lower case and in the singular, separated by spaces.
    pub(super) words: &'static str,
    pub(super) scenes: &'static [&'static Scene],
}

/// Kinds that only their words ask for. They come first: a keyword whose words ask for several kinds gets the first.
pub(super) static PARTICULAR: [Kind; 23] = [
    Kind {
        words: "cat kitten kitty katze kätzchen kater chat chaton gato gata gatito",
        scenes: &[&animals::CAT],
    },
    Kind {
        words: "dog puppy hound hund welpe chien chiot perro cachorro",
        scenes: &[&animals::DOG],
    },
    Kind {
        words: "horse pony foal stallion pferd fohlen cheval chevaux poney caballo yegua",
        scenes: &[&animals::HORSE],
    },
    Kind {
        words: "fox fuchs füchse renard zorro",
        scenes: &[&animals::FOX],
    },
    Kind {
        words: "elephant mammoth elefant elefanten éléphant elefante",
        scenes: &[&animals::ELEPHANT],
    },
    Kind {
        words: "whale orca wal wale baleine ballena",
        scenes: &[&animals::WHALE],
    },
    Kind {
        words: "bird eagle seagull gull swallow crane stork swan goose geese duck parrot vogel \
            vögel adler möwe schwan ente storch kranich oiseau aigle mouette cygne cigogne canard \
            pájaro ave águila gaviota cisne cigüeña pato",
        scenes: &[&animals::BIRD],
    },
    Kind {
        words: "lion tiger giraffe zebra safari savanna savannah africa kenya tanzania namibia \
            leopard cheetah rhino hippo antelope gazelle monkey gorilla löwe giraffen afrika \
            savanne affe nashorn tigre girafe zèbre afrique singe rhinocéros león jirafa cebra \
            áfrica mono sabana",
        scenes: &[&animals::SAVANNA],
    },
    Kind {
        words: "pyramid egypt cairo pharaoh pyramide ägypten pharao égypte pharaon pirámide \
            egipto faraón",
        scenes: &[&mesas::PYRAMIDS],
    },
    Kind {
        words: "coffee tea breakfast cup mug espresso cappuccino cocoa window curtain kaffee tee \
            frühstück tasse fenster vorhang café thé fenêtre rideau té taza desayuno ventana",
        scenes: &[&cup::CUP],
    },
    Kind {
        words: "street avenue downtown traffic straße rue calle avenida verkehr circulation \
            tráfico",
        scenes: &[&street::STREET],
    },
    Kind {
        words: "roof dome cathedral church paris rome florence prague dach kuppel dom kirche rom \
            prag toit dôme cathédrale église tejado cúpula catedral iglesia roma",
        scenes: &[&street::ROOFS],
    },
    Kind {
        words: "bridge river canal brücke fluss kanal pont rivière puente río",
        scenes: &[&bridge::BRIDGE],
    },
    Kind {
        words: "lake pond see teich lac lago",
        scenes: &[&ridges::LAKE],
    },
    Kind {
        words: "island insel île isla archipelago",
        scenes: &[&islands::ISLANDS, &islands::BAY],
    },
    Kind {
        words: "palm hawaii maldives caribbean jamaica cuba bali beach lagoon palme strand karibik \
            palmier plage caraïbes palmera playa caribe",
        scenes: &[&islands::BAY, &coast::SCENE],
    },
    Kind {
        words: "cherry sakura blossom bloom branch twig blüte kirsche zweig cerise cerisier cereza \
            cerezo rama",
        scenes: &[&bloom::BRANCH],
    },
    Kind {
        words: "poppy meadow field wiese mohn feld prairie coquelicot champ prado amapola campo",
        scenes: &[&bloom::MEADOW],
    },
    Kind {
        words: "birch birke bouleau abedul",
        scenes: &[&birches::AUTUMN, &birches::SUMMER],
    },
    Kind {
        words: "saturn jupiter",
        scenes: &[&space::RINGS, &space::MOONS],
    },
    Kind {
        words: "moon halloween witch mond hexe lune sorcière luna bruja",
        scenes: &[&moonlit::MOON],
    },
    Kind {
        words: "tent camping camp zelt tente aurora polarlicht",
        scenes: &[&night::SCENE],
    },
    Kind {
        words: "lighthouse leuchtturm phare faro",
        scenes: &[&swell::BEACON],
    },
];

/// Kinds that also a keyword without a known word can get. The kinds of weathers and hours come last.
pub(super) static COMMON: [Kind; 26] = [
    Kind {
        words: "sushi food fruit still bowl vase bottle wine cake bread pizza apple \
            lemon pear peach banana kitchen dinner lunch cook cooking restaurant \
            cheese chocolate beer table pottery essen obst apfel wein brot küche \
            pomme vin pain cuisine comida fruta vino manzana pan ramen burger soup \
            grape orange tomato strawberry plum melon olive salad pasta noodle rice egg butter \
            honey milk juice sandwich dessert cookie candle plate glass spoon fork knife \
            jug teapot clay ceramic chair sofa lamp bed book clock mirror key thanksgiving \
            grandma mother mutter mère madre käse kuchen schokolade bier milch honig zitrone \
            birne banane traube tomate teller glas kerze stuhl tisch buch uhr \
            schlüssel gâteau fromage chocolat bière lait miel citron poire raisin \
            fraise assiette verre bougie chaise livre horloge pastel queso cerveza \
            leche limón pera plátano uva fresa plato vaso vela silla mesa libro reloj",
        scenes: &[&still_life::VESSELS, &still_life::FRUIT],
    },
    Kind {
        words: "balloon birthday flight fly flying cloud airplane plane pilot adventure travel \
            trip tour journey voyage cappadocia turkey kite freedom wish celebration \
            congratulations fair carnival festival confetti ballon luftballon geburtstag wolke \
            reise fliegen flugzeug abenteuer urlaubsreise freiheit karneval fest feier \
            nuage anniversaire avion aventure liberté fête carnaval globo nube cumpleaños \
            avión viaje aventura libertad fiesta world welt monde mundo",
        scenes: &[&balloons::SCENE, &fleet::FLEET],
    },
    Kind {
        words: "boat harbour harbor ship sail sailing port marina yacht fishing village venice \
            amsterdam copenhagen netherlands holland denmark italy greece \
            croatia venezia stockholm lisbon portugal istanbul gondola anchor ferry captain \
            pirate home house family hafen boot schiff segeln venedig italien \
            griechenland niederlande dänemark dorf haus heim familie anker fähre bateau navire \
            voile venise italie grèce maison famille ancre barco puerto \
            velero venecia italia grecia casa familia hogar ancla",
        scenes: &[&harbour::SCENE, &bridge::QUAY],
    },
    Kind {
        words: "ski skiing snowman penguin arctic antarctica iceland glacier ice cold hockey skate \
            skating sled igloo christmas xmas santa advent noel cabin hut norway finland \
            sweden russia siberia lapland polar schneemann pinguin eis kalt weihnacht \
            weihnachten norwegen finnland schweden russland hütte schlitten gletscher \
            winterland noël glace froid pingouin norvège finlande suède russie cabane traîneau \
            navidad hielo frío pingüino noruega finlandia suecia rusia cabaña trineo",
        scenes: &[&winter::SCENE, &avenue::WINTER],
    },
    Kind {
        words: "dune desert sand sahara camel heat hot dry cactus mars morocco oasis \
            silence arabia dubai namib thirst australia mexico scorpion wüste düne kamel \
            marokko hitze stille oase kaktus australien mexiko désert sable \
            chameau maroc chaleur silencio australie mexique desierto arena camello \
            marruecos calor duna méxico",
        scenes: &[&dunes::SCENE, &mesas::MESAS],
    },
    Kind {
        words: "flower garden plant leaf leave botany rose tulip daisy lily violet \
            lavender sunflower love bee butterfly ladybird dragonfly \
            orchid fern grass herb heart kiss hug wedding bride marriage valentine \
            sister daughter wife girlfriend beauty beautiful tender thank thanks gratitude \
            blume blumen garten pflanze blatt rosen tulpe sonnenblume biene \
            schmetterling kräuter liebe herz kuss hochzeit braut schwester tochter danke \
            fleur jardin plante feuille tournesol abeille papillon amour cœur \
            coeur bisou mariage sœur fille merci flor jardín planta hoja rosa tulipán \
            girasol abeja mariposa amor corazón beso boda hermana hija gracias",
        scenes: &[&botany::SCENE, &bloom::BRANCH, &bloom::MEADOW],
    },
    Kind {
        words: "bauhaus abstract geometry geometric circle square triangle shape design art modern \
            poster pattern color colour math code computer rust kandinsky robot retro logo \
            work football soccer basketball tennis volleyball handball baseball rugby chess \
            ball game play sport gym match goal toy puzzle school science number idea surprise \
            museum kunst farbe formen fußball spiel spielzeug schach schule arbeit \
            wissenschaft zahl idee überraschung form kreis quadrat dreieck arte couleur jeu \
            jouet échecs école travail forme cercle carré couleurs juego juguete fútbol \
            ajedrez escuela trabajo forma círculo cuadrado triángulo deporte",
        scenes: &[&bauhaus::QUILT, &bauhaus::COMPOSITION],
    },
    Kind {
        words: "flow music jazz rhythm sound song paper curve dance wind air calm zen peace yoga \
            meditation silk blue red pink purple yellow happy happiness joy mood hello hi \
            welcome smile laugh fun luck calmness guitar piano violin drum opera concert \
            ballet sad sadness tired anger angry fear sorry lonely hope musik ruhe frieden \
            glück glücklich freude hallo lachen lächeln tanz lied klavier geige gitarre \
            traurig angst wut hoffnung blau rot gelb lila musique chanson danse calme paix \
            bonheur heureux joie bonjour salut rire sourire violon guitare triste peur colère \
            espoir bleu rouge jaune música canción baile calma paz felicidad feliz alegría \
            hola risa sonrisa guitarra violín miedo esperanza azul rojo amarillo vent viento",
        scenes: &[&waves::SCENE, &contours::CONTOURS],
    },
    Kind {
        words: "city town skyline building tower skyscraper urban architecture \
            york tokyo london berlin hamburg chicago shanghai manhattan hongkong \
            singapore sydney madrid barcelona moscow seoul bangkok vienna munich \
            frankfurt toronto boston seattle france germany england britain japan china korea \
            america usa car office party neon shop shopping market cinema theatre \
            hotel bank police taxi bus metro subway silvester newyear stadt hochhaus \
            auto büro einkaufen kino wien münchen köln deutschland frankreich \
            amerika ville voiture bureau immeuble magasin cinéma londres allemagne \
            angleterre japon chine amérique ciudad coche edificio oficina tienda cine \
            alemania francia inglaterra japón américa",
        scenes: &[&city::SCENE, &street::STREET, &street::ROOFS],
    },
    Kind {
        words: "coast sea ocean wave surf surfing swim swimming swimmer diving water \
            fish fishes shark dolphin turtle crab octopus jellyfish coral mermaid shore cliff \
            holiday vacation tide bay brazil \
            spain thailand california florida pearl shell meer ozean \
            küste wasser fisch hai delfin schildkröte muschel schwimmen surfen ferien urlaub \
            spanien brasilien mer océan eau poisson requin dauphin tortue \
            coquillage nager vacances espagne brésil mar océano agua pez tiburón \
            delfín tortuga concha nadar vacaciones españa brasil costa",
        scenes: &[&coast::SCENE, &islands::ISLANDS, &islands::BAY],
    },
    Kind {
        words: "forest tree wood woodland jungle deer bear wolf wolves owl rabbit hare bunny \
            squirrel hedgehog moose boar badger mouse snake frog mushroom oak pine moss green \
            fairy elf canada wald baum bäume hirsch reh bär eule hase \
            kaninchen eichhörnchen igel wildschwein pilz maus schlange frosch grün kanada \
            forêt arbre bois cerf ours loup hibou lapin écureuil hérisson champignon souris \
            serpent grenouille vert bosque árbol ciervo oso lobo búho conejo ardilla \
            erizo seta ratón serpiente rana verde canadá animal tier animaux",
        scenes: &[&forest::SCENE, &birches::AUTUMN, &birches::SUMMER],
    },
    Kind {
        words: "mountain hill alp peak summit valley waterfall landscape hiking hike climb climbing climber \
            everest himalaya nepal tibet switzerland austria andes peru chile rock stone \
            goat sheep cow ibex nature view volcano fuji strong strength courage berg berge \
            gebirge tal wasserfall gipfel wandern klettern schweiz österreich stein felsen ziege \
            schaf kuh natur vulkan mut montagne vallée cascade sommet randonnée suisse autriche \
            pierre rocher chèvre mouton vache volcan montaña valle cascada cumbre suiza piedra \
            roca cabra oveja vaca naturaleza volcán paisaje landschaft paysage",
        scenes: &[&mountains::SCENE, &ridges::RIDGES, &ridges::LAKE],
    },
    Kind {
        words: "space planet venus uranus neptune pluto universe galaxy cosmos \
            astronaut rocket satellite nasa alien ufo orbit earth globe future weltall \
            weltraum planeten rakete zukunft erde universum espace planète univers galaxie \
            fusée avenir terre espacio planeta universo galaxia cohete futuro tierra \
            astronaute astronauta",
        scenes: &[&space::RINGS, &space::RISE, &space::MOONS],
    },
    Kind {
        words: "road highway route drive driving way path motorcycle bike bicycle cycling marathon \
            running run runner race truck distance goodbye farewell autobahn weg fahrt \
            motorrad fahrrad radfahren laufen rennen lastwagen ferne abschied chemin vélo moto \
            course camion adieu carretera camino bicicleta carrera camión adiós ruta",
        scenes: &[&road::ROAD],
    },
    Kind {
        words: "train rail railway railroad locomotive station tram zug züge bahn eisenbahn \
            bahnhof schiene lokomotive gare tren ferrocarril estación",
        scenes: &[&road::RAILS],
    },
    Kind {
        words: "star comet stern sterne étoile estrella \
            milky dream sleep campfire fire lantern ramadan eid traum \
            träumen schlaf schlafen feuer lagerfeuer rêve sommeil feu sueño dormir \
            fuego",
        scenes: &[&night::SCENE, &moonlit::TRAILS, &moonlit::MOON],
    },
    Kind {
        words: "spring springtime april easter frühling frühjahr ostern printemps avril pâques \
            primavera abril pascua alley park parc parque allee",
        scenes: &[&avenue::SPRING, &bloom::BRANCH],
    },
    Kind {
        words: "summer summertime july august sommer sommerlich juli été juillet août verano julio \
            agosto",
        scenes: &[&avenue::SUMMER, &islands::BAY, &bloom::MEADOW],
    },
    Kind {
        words: "autumn autumnal fall october november herbst herbstlich oktober automne octobre \
            otoño octubre noviembre",
        scenes: &[&avenue::AUTUMN, &birches::AUTUMN],
    },
    Kind {
        words: "winter snow snowy snowfall snowflake frost wintry december january february schnee \
            verschneit schneefall dezember januar februar hiver neige décembre janvier février \
            invierno nieve nevado diciembre enero febrero",
        scenes: &[&winter::SCENE, &avenue::WINTER],
    },
    Kind {
        words: "storm stormy thunder thunderstorm lightning hurricane tempest sturm stürmisch \
            gewitter unwetter blitz donner orage tempête éclair tonnerre tormenta tempestad \
            relámpago trueno",
        scenes: &[&swell::BOAT, &swell::BEACON],
    },
    Kind {
        words: "rain rainy raining drizzle umbrella regen regnerisch regenschirm pluie pluvieux \
            parapluie lluvia lluvioso paraguas",
        scenes: &[&swell::BOAT, &forest::SCENE, &road::ROAD],
    },
    Kind {
        words: "fog foggy mist misty haze hazy nebel neblig dunst brouillard brume niebla bruma \
            neblina",
        scenes: &[&forest::SCENE, &swell::BEACON],
    },
    Kind {
        words: "rainbow regenbogen arc arcoíris",
        scenes: &[&swell::BOAT, &road::ROAD],
    },
    Kind {
        words: "sky himmel ciel cielo dawn sunrise morning daybreak morgen morgens morgenrot sonnenaufgang matin matinée \
            aube aurore amanecer madrugada mañana day daylight noon midday afternoon sunny \
            sunshine tag mittag nachmittag sonnig sonnenschein jour journée midi ensoleillé \
            día mediodía soleado dusk sunset sundown evening twilight abend abends abendrot \
            sonnenuntergang dämmerung soir soirée crépuscule couchant atardecer anochecer \
            ocaso crepúsculo sun sonne soleil sol",
        scenes: &[
            &coast::SCENE,
            &dunes::SCENE,
            &harbour::SCENE,
            &mountains::SCENE,
            &balloons::SCENE,
            &road::ROAD,
            &swell::BOAT,
        ],
    },
    Kind {
        words: "night midnight moonlight moonlit nacht nachts mitternacht mondschein nuit minuit \
            noche medianoche",
        scenes: &[
            &night::SCENE,
            &coast::SCENE,
            &mountains::SCENE,
            &city::SCENE,
        ],
    },
];

/// All kinds, the most particular first.
pub(super) fn all() -> impl Iterator<Item = &'static Kind> {
    PARTICULAR.iter().chain(&COMMON)
}

/// All scenes. A scene of several kinds comes several times.
pub(super) fn scenes() -> impl Iterator<Item = &'static Scene> {
    all().flat_map(|kind| kind.scenes).copied()
}
