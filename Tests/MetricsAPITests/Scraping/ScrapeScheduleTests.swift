// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import MetricsAPI

@Suite("When nodes are asked")
struct ScrapeScheduleTests {
    private static func targets(_ count: Int, _ prefix: String = "n") throws -> [ScrapeTarget] {
        try (0..<count).map { number in
            let node: JSONObject = [
                "metadata": ["name": .string("\(prefix)\(number)")], "status": ["addresses": [["type": "InternalIP", "address": "10.0.0.1"]]],
            ]
            return try ScrapeTarget(KubeObject(node), KubeletOptions())
        }
    }

    /// Runs it in steps of 5 ms; nodes whose name `isHanging` holds for never answer, others after `latency`.
    private struct Simulation {
        var schedule: ScrapeSchedule
        var now = Duration.zero
        /// By node, when it was asked.
        var asked: [String: [Duration]] = [:]
        var overdue: [String: [Duration]] = [:]
        private var answers: [(at: Duration, run: ScrapeSchedule.Run, hasFailed: Bool)] = []
        private var open: [String: ScrapeSchedule.Run] = [:]
        let latency: Duration
        let isHanging: (String) -> Bool

        init(_ settings: ScrapeSchedule.Settings, latency: Duration = .milliseconds(5), isHanging: @escaping (String) -> Bool) {
            schedule = ScrapeSchedule(settings)
            self.latency = latency
            self.isHanging = isHanging
        }

        mutating func run(for time: Duration) {
            let end = now + time
            while now < end {
                let due = schedule.advance(to: now)
                begin(due.starts)
                for target in due.overdue {
                    overdue[target.node, default: []].append(now)
                    if let run = open.removeValue(forKey: target.node) { answers.append((now, run, true)) }
                }
                while let index = answers.firstIndex(where: { $0.at <= now }) {
                    let answer = answers.remove(at: index)
                    begin(schedule.finish(answer.run, hasFailed: answer.hasFailed, at: now))
                }
                now += .milliseconds(5)
            }
        }

        mutating func begin(_ starts: [ScrapeSchedule.Start]) {
            for start in starts {
                asked[start.target.node, default: []].append(now)
                if isHanging(start.target.node) { open[start.target.node] = start.run } else { answers.append((now + latency, start.run, false)) }
            }
        }
    }

    @Test("a tenth that hang keep nobody from being asked in each period, nor for the whole of its time")
    func hanging() throws {
        var simulation = Simulation(.init(period: .seconds(15), timeout: .seconds(10))) { $0.hasSuffix("7") }
        simulation.schedule.add(try Self.targets(1000), at: .zero)
        simulation.run(for: .seconds(60))
        for (node, times) in simulation.asked {
            if node.hasSuffix("7") {
                #expect(times.count >= 3, "\(node): \(times)")
                // The limit counts from the node's own turn.
                for (began, ended) in zip(times, simulation.overdue[node] ?? []) { #expect((.seconds(10) ... .milliseconds(10_005)).contains(ended - began)) }
            } else {
                #expect(times.count == 4, "\(node): \(times)")
                #expect(times[0] < .seconds(6))
                for (earlier, later) in zip(times.dropFirst(), times.dropFirst(2)) { #expect(later - earlier <= .milliseconds(15_005)) }
            }
        }
        #expect(simulation.asked.count == 1000)
    }

    @Test("of many new nodes, no more begin at once than may, and all within the first period")
    func openings() throws {
        var settings = ScrapeSchedule.Settings(period: .seconds(15), timeout: .seconds(10))
        settings.openings = 16
        var simulation = Simulation(settings, latency: .milliseconds(20)) { _ in false }
        simulation.schedule.add(try Self.targets(5000), at: .zero)
        simulation.run(for: .seconds(15))
        #expect(simulation.asked.count == 5000)
        var begun: [Duration: Int] = [:]
        for time in simulation.asked.values.flatMap({ $0 }) { begun[time, default: 0] += 1 }
        #expect((begun.values.max() ?? 0) <= 16)
    }

    @Test("a node that goes while it is asked, or waits, gives its turn to the next")
    func gone() throws {
        var settings = ScrapeSchedule.Settings(period: .seconds(10), timeout: .seconds(5))
        settings.openings = 1
        settings.openingTurn = .seconds(5)
        var schedule = ScrapeSchedule(settings)
        schedule.add(try Self.targets(3), at: .zero)
        let first = schedule.advance(to: .seconds(4)).starts
        #expect(first.count == 1)
        let waiting = ["n0", "n1", "n2"].filter { [name = first.first?.target.node] in $0 != name }
        #expect(schedule.remove(waiting[0]).isEmpty)
        let begun = try #require(first.first)
        let next = schedule.remove(begun.target.node)
        #expect(next.map(\.target.node) == [waiting[1]])
        #expect(!schedule.isCurrent(begun.run))
        #expect(schedule.finish(begun.run, hasFailed: false, at: .seconds(4)).isEmpty)
        // Its place may be taken by another, for which nothing of the old one counts.
        schedule.add(try Self.targets(1, "other"), at: .seconds(4))
        #expect(!schedule.isCurrent(begun.run))
    }

    @Test("the spread is upstream's, and wider only where there are very many", arguments: [(10, 80), (100, 800), (1000, 4000), (5000, 10_000)])
    func spread(count: Int, milliseconds: Int) {
        let places = (0..<1000).map { ScrapeSchedule.place("node-\($0)", of: count, period: .seconds(15)) }
        #expect(places.allSatisfy { (.zero ..< .milliseconds(milliseconds)).contains($0) })
        #expect((places.max() ?? .zero) > .milliseconds(milliseconds) * 9 / 10 && (places.min() ?? .zero) < .milliseconds(milliseconds) / 10)
    }

    @Test("how long a period took is known once all of it have come")
    func cycles() {
        var cycles = ScrapeCycles(period: .seconds(10))
        cycles.began(0)
        cycles.began(0)
        cycles.ended(0, at: .seconds(3))
        #expect(cycles.closed(at: .seconds(11)).isEmpty)
        cycles.began(1)
        cycles.ended(0, at: .seconds(12))
        #expect(cycles.closed(at: .seconds(12)) == [.seconds(12)])
        cycles.ended(1, at: .seconds(13))
        #expect(cycles.closed(at: .seconds(13)).isEmpty && cycles.closed(at: .seconds(20)) == [.seconds(3)])
    }

    @Test("many failures are told once, the first by name and the rest as a sum; so are those that end")
    func log() {
        var log = ScrapeLog()
        var lines: [ScrapeLog.Line] = []
        for number in 0..<170 {
            let kind: KubeletFailure.Kind = number % 3 == 0 ? .certificate : .timeout
            lines += log.record("n\(number)", KubeletFailure(kind, "n\(number) fails")).map { [$0] } ?? []
        }
        #expect(lines.count == 5 && lines.first == .cannotScrape(node: "n0", KubeletFailure(.certificate, "n0 fails")))
        let reasons = "110 no answer in time, 55 certificate not accepted"
        #expect(log.endCycle() == [.manyFail(count: 165, nodes: ["n5", "n6", "n7", "n8", "n9"], reasons: reasons, example: "n5 fails")])
        #expect(log.record("n3", KubeletFailure(.timeout, "again")) == nil && log.endCycle().isEmpty)
        lines = (0..<7).compactMap { log.record("n\($0)", nil) }
        #expect(lines.count == 5 && log.endCycle() == [.manyRecover(count: 2, nodes: ["n5", "n6"])] && log.failing.count == 163)
    }
}
