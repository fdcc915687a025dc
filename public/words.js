// The texts of the page, each in English, German, French and Spanish.

const LANGUAGES = ["en", "de", "fr", "es"];

// A percent sign stands for a word or a number.
const TEXTS = {
  invitation: "Type a word: everyone will see its picture.|Ein Wort eingeben: Alle sehen ein Bild dazu.|Écrivez un mot : tous verront son image.|Escribe una palabra: todos verán su imagen.",
  ideas: "ocean sushi autumn cat night city|Meer Sushi Herbst Katze Nacht Stadt|océan sushi automne chat nuit ville|océano sushi otoño gato noche ciudad",
  hint: "type a word|ein Wort eingeben|un mot|una palabra",
  send: "Show its picture|Bild dazu zeigen|Montrer son image|Mostrar su imagen",
  fill: "Full screen (f)|Vollbild (f)|Plein écran (f)|Pantalla completa (f)",
  strip: "Last pictures|Letzte Bilder|Dernières images|Últimas imágenes",
  link: "Link to this picture|Link zu diesem Bild|Lien vers cette image|Enlace a esta imagen",
  flickr: "View on Flickr|Auf Flickr ansehen|Voir sur Flickr|Ver en Flickr",
  earlier: "Earlier picture. Back to now|Früheres Bild. Zurück zum aktuellen|Image précédente. Retour au direct|Imagen anterior. Volver a la actual",
  gone: "That picture is no longer here.|Dieses Bild ist nicht mehr da.|Cette image n’est plus là.|Esa imagen ya no está.",
  dark: "Only https keeps the screen awake.|Nur mit https bleibt der Bildschirm an.|Seul https garde l’écran allumé.|Solo https mantiene la pantalla encendida.",
  looking: "Looking for “%” …|„%“ wird gesucht …|Recherche de « % » …|Buscando «%» …",
  broken: "A picture of “%” could not be loaded.|Ein Bild von „%“ ließ sich nicht laden.|Une image de « % » n’a pas pu être chargée.|No se pudo cargar una imagen de «%».",
  400: "That word cannot be looked for.|Nach diesem Wort lässt sich nicht suchen.|Ce mot ne peut pas être cherché.|No se puede buscar esa palabra.",
  404: "There is no such picture.|Dazu gibt es kein Bild.|Aucune image pour ce mot.|No hay ninguna imagen para esa palabra.",
  429: "Too many look-ups.|Zu viele Anfragen.|Trop de recherches.|Demasiadas búsquedas.",
  disorder: "The server is out of order (%).|Der Server hat eine Störung (%).|Le serveur est en panne (%).|El servidor no funciona (%).",
  unreachable: "The server cannot be reached.|Der Server ist nicht erreichbar.|Le serveur ne répond pas.|No se puede acceder al servidor.",
  cutOff: "You are offline.|Keine Verbindung zum Netz.|Vous êtes hors ligne.|Sin conexión.",
  again: "Try again in %.|In % wieder möglich.|Réessayez dans %.|Inténtalo en %.",
  now: "You can try again now.|Jetzt geht es wieder.|Vous pouvez réessayer.|Ya puedes probar otra vez.",
  watching: "% watching|% sehen zu|% regardent|% miran",
  alone: "just you|nur du|rien que vous|solo tú",
  connecting: "connecting|verbindet|connexion|conectando",
  live: "live|live|en direct|en vivo",
  polling: "delayed|Abruf|en différé|en diferido",
  reconnecting: "reconnecting|verbindet neu|reconnexion|reconectando",
  offline: "offline|offline|hors ligne|sin red",
};

// The text without the marks that would turn the rest of our sentence around.
export const plain = (text) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

// The texts in the first of these languages that the page speaks, else in English.
export function wordsIn(languages) {
  const spoken = languages.map((name) => name.slice(0, 2).toLowerCase()).find((name) => LANGUAGES.includes(name)) ?? "en";
  const say = (name, value = "") => TEXTS[name].split("|")[LANGUAGES.indexOf(spoken)].replace("%", () => plain(`${value}`));
  return {
    say,
    language: spoken,
    // The server's own words are English.
    refusal(status, detail) {
      if (status !== 429 && spoken === "en" && detail) return plain(detail);
      return TEXTS[status] ? say(status) : say("disorder", status);
    },
    countdown(seconds) {
      if (seconds <= 0) return say("now");
      return say("again", seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`);
    },
    audience: (count) => (count > 1 ? say("watching", count) : count ? say("alone") : ""),
  };
}

export const words = wordsIn(globalThis.navigator?.languages ?? []);
