//! The list of all kinds of scenes.

use super::{
    balloons, bauhaus, botany, city, coast, dunes, forest, harbour, mountains, night, scene::Scene,
    still_life, waves, winter,
};

/// All kinds of scenes. A keyword whose words ask for several gets the first, so the most particular kinds come first.
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
