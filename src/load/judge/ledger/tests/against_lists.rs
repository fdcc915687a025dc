//! The ledger against plain lists of what each subscriber got.

use super::*;
use proptest::prelude::*;

/// The events that a subscriber lost, got again, and got after a later one.
fn judged(got: &[u32], published: u32) -> (u64, u64, u64) {
    let lost = (0..published)
        .filter(|number| !got.contains(number))
        .count();
    let (mut had, mut again, mut backward) = (Vec::new(), 0, 0);
    for number in got {
        if had.contains(number) {
            again += 1;
            continue;
        }
        backward += u64::from(had.last().is_some_and(|last| last > number));
        had.push(*number);
    }
    (lost as u64, again, backward)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_ledger_agrees_with_lists_of_what_subscribers_got(lists in prop::collection::vec(prop::collection::vec(0u32..8, 0..16), 3)) {
        let mut run = Run::of(4);
        for _ in 0..8 {
            run.publish();
        }
        run.get([0], 0);
        let mut lists = lists;
        lists.insert(0, (0..8).collect());
        run.get([0], 1);
        for number in 2..8 {
            run.get([0], number);
        }
        // The subscribers take turns, so that events overtake each other.
        for turn in 0..16 {
            for (subscriber, list) in (1..).zip(&lists[1..]) {
                if let Some(number) = list.get(turn) {
                    run.get([subscriber], *number);
                }
            }
        }
        let owed: Vec<bool> = (0..4).map(|subscriber| run.ledger.is_owed(subscriber)).collect();
        let judgement = run.end();
        let judged: Vec<_> = lists.iter().map(|list| judged(list, 8)).collect();
        let sum = |of: fn(&(u64, u64, u64)) -> u64| judged.iter().map(of).sum::<u64>();
        let totals = &judgement.totals;
        prop_assert_eq!(totals.lost, sum(|it| it.0));
        prop_assert_eq!(totals.doubled, sum(|it| it.1));
        prop_assert_eq!(totals.misordered, sum(|it| it.2));
        prop_assert_eq!(totals.expected, 32);
        prop_assert_eq!(totals.delivered, 32 - totals.lost);
        let lacks: Vec<bool> = judged.iter().map(|it| it.0 > 0).collect();
        prop_assert_eq!(owed, lacks);
    }
}
