// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Which scrapes of which period are still open, so that it is known when all of a period have come and how long they took.
struct ScrapeCycles {
    private struct Cycle {
        var open = 0
        var lastEnd = Duration.zero
    }

    private let period: Duration
    private var cycles: [Int: Cycle] = [:]

    init(period: Duration) { self.period = period }

    mutating func began(_ cycle: Int) { cycles[cycle, default: Cycle()].open += 1 }

    mutating func ended(_ cycle: Int, at time: Duration) {
        guard var ended = cycles[cycle] else { return }
        ended.open -= 1
        ended.lastEnd = time
        cycles[cycle] = ended
    }

    /// How long each period took that is over by now and has no scrape open.
    mutating func closed(at time: Duration) -> [Duration] {
        var times: [Duration] = []
        for (number, cycle) in cycles where cycle.open == 0 && period * (number + 1) <= time {
            times.append(cycle.lastEnd - period * number)
            cycles[number] = nil
        }
        return times
    }
}
