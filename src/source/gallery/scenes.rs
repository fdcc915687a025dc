//! The list of all kinds of scenes.

use super::{
    balloons, bauhaus, botany, city, coast, dunes, forest, harbour, mountains, night, scene::Scene,
    still_life, waves, winter,
};

/// All kinds. Where a keyword's words ask for several, the first is drawn, so what is most particular comes first.
pub(super) static SCENES: [Scene; 13] = [
    still_life::SCENE,
    balloons::SCENE,
    harbour::SCENE,
    winter::SCENE,
    dunes::SCENE,
    botany::SCENE,
    bauhaus::SCENE,
    waves::SCENE,
    city::SCENE,
    coast::SCENE,
    forest::SCENE,
    mountains::SCENE,
    night::SCENE,
];
