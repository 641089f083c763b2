// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing
import UsageWindow

@Suite("Usage windows")
struct UsageWindowTests {
    private static func point(_ seconds: Int64, cpu: UInt64, memory: UInt64 = 5, start: Int64? = nil) -> UsagePoint {
        UsagePoint(
            startNanoseconds: start.map { $0 * 1_000_000_000 }, timestampNanoseconds: seconds * 1_000_000_000,
            cpuNanoCoreSeconds: cpu * 1_000_000_000,
            memoryBytes: memory)
    }

    @Test("two points give the mean between them, and the memory of the last")
    func rate() throws {
        let window = PointWindow(node: Self.point(25, cpu: 30, memory: 9), after: PointWindow(node: Self.point(10, cpu: 0), after: nil))
        #expect(
            window.usage
                == Usage(cpuNanocores: 2_000_000_000, memoryBytes: 9, timestampNanoseconds: 25_000_000_000, windowNanoseconds: 15_000_000_000))
    }

    @Test("one point, or a counter that went back, gives none")
    func none() {
        let first = PointWindow(node: Self.point(10, cpu: 5), after: nil)
        #expect(first.usage == nil)
        #expect(PointWindow(node: Self.point(20, cpu: 4), after: first).usage == nil)
    }

    @Test("a container that restarted begins anew; one that is fresh is measured from its start")
    func restart() {
        let first = PointWindow(container: Self.point(100, cpu: 5, start: 10), after: nil, resolution: .seconds(60))
        #expect(PointWindow(container: Self.point(115, cpu: 1, start: 100), after: first, resolution: .seconds(15)).previous == nil)
        #expect(PointWindow(container: Self.point(115, cpu: 1, start: 100), after: first, resolution: .seconds(60)).previous?.cpuNanoCoreSeconds == 0)
        #expect(PointWindow(container: Self.point(109, cpu: 1, start: 100), after: first, resolution: .seconds(60)).previous == nil)
        #expect(PointWindow(container: Self.point(115, cpu: 6, start: 10), after: first, resolution: .seconds(60)).usage != nil)
    }

    @Test("extreme points overflow nothing", arguments: [Int64.min, -1, 0, 1, .max], [UInt64.min, .max])
    func extremes(time: Int64, count: UInt64) {
        for other in [Int64.min, 0, .max] {
            let first = UsagePoint(startNanoseconds: .min, timestampNanoseconds: other, cpuNanoCoreSeconds: 0, memoryBytes: count)
            let second = UsagePoint(startNanoseconds: .max, timestampNanoseconds: time, cpuNanoCoreSeconds: count, memoryBytes: count)
            for window in [PointWindow(container: first, after: nil, resolution: .seconds(60)), PointWindow(node: first, after: nil)] {
                _ = PointWindow(container: second, after: window, resolution: .seconds(60)).usage
                _ = PointWindow(node: second, after: window).usage
            }
        }
    }

    @Test("a pod has no usage until each of its containers has one")
    func pods() throws {
        let name = NamespacedName(namespace: "shop", name: "web")
        func scrape(_ seconds: Int64, _ names: [String]) -> NodeScrape {
            let containers = names.map { ContainerPoint(name: $0, point: Self.point(seconds, cpu: UInt64(seconds))) }
            return NodeScrape(pods: [PodPoints(name: name, containers: containers)])
        }
        var table = UsageTable(resolution: .seconds(15))
        table.store(scrape(10, ["b"]), of: "n1")
        table.store(scrape(20, ["b", "a"]), of: "n1")
        #expect(table.usage(pod: name) == nil && table.isReady)
        table.store(scrape(30, ["b", "a"]), of: "n1")
        #expect(table.usage(pod: name)?.containers.map(\.name) == ["a", "b"])
        // Another node cannot take the pod over while the first tells of it.
        table.store(scrape(31, ["evil"]), of: "n2")
        #expect(table.usage(pod: name)?.containers.count == 2)
        table.remove("n1")
        #expect(table.usage(pod: name) == nil && !table.isReady)
        table.store(scrape(40, ["b"]), of: "n2")
        table.store(scrape(50, ["b"]), of: "n2")
        #expect(table.usage(pod: name)?.containers.count == 1 && table.pointCounts == (0, 1))
    }

    @Test("a pod that another node told of first has no usage where it runs until that node lets go of it")
    func ownership() {
        let web = NamespacedName(namespace: "shop", name: "web")
        var table = UsageTable(resolution: .seconds(60))
        func tell(_ node: String, at seconds: Int64, _ names: [NamespacedName]) {
            let containers = [ContainerPoint(name: "main", point: Self.point(seconds, cpu: UInt64(seconds)))]
            table.store(NodeScrape(pods: names.map { PodPoints(name: $0, containers: containers) }), of: node)
        }
        #expect(table.pointCount(pod: web) == 0)
        tell("liar", at: 10, [web])
        #expect(table.pointCount(pod: web) == 1)
        tell("home", at: 11, [web])
        tell("liar", at: 20, [web])
        #expect(table.pointCount(pod: web) == 2)
        #expect(table.usage(pod: web, on: "liar") != nil && table.usage(pod: web, on: "home") == nil)
        tell("liar", at: 30, [])
        tell("home", at: 31, [web])
        tell("home", at: 41, [web])
        #expect(table.usage(pod: web, on: "home")?.earliest?.timestampNanoseconds == 41_000_000_000)
        #expect(table.usage(pod: web, on: "liar") == nil)
    }

    @Test("a pod known to run elsewhere is not taken from the node that tells of it, and taken from one that holds it")
    func elsewhere() {
        let web = NamespacedName(namespace: "shop", name: "web")
        var table = UsageTable(resolution: .seconds(60))
        var isKnown = true
        func tell(_ node: String, at seconds: Int64, _ names: [NamespacedName]) {
            let containers = [ContainerPoint(name: "main", point: Self.point(seconds, cpu: UInt64(seconds)))]
            let scrape = NodeScrape(pods: names.map { PodPoints(name: $0, containers: containers) })
            table.store(scrape, of: node) { isKnown && $0 == web && $1 != "home" }
        }
        tell("liar", at: 10, [web])
        #expect(table.pointCount(pod: web) == 0)
        isKnown = false
        tell("liar", at: 20, [web])
        tell("liar", at: 30, [web])
        #expect(table.usage(pod: web, on: "liar") != nil)
        isKnown = true
        tell("home", at: 31, [web])
        #expect(table.pointCount(pod: web) == 1)
        tell("liar", at: 40, [web])
        tell("home", at: 41, [web])
        #expect(table.usage(pod: web, on: "home")?.earliest?.timestampNanoseconds == 41_000_000_000)
        // What the liar no longer tells of was not its own.
        tell("liar", at: 50, [])
        table.remove("liar")
        #expect(table.usage(pod: web, on: "home") != nil)
    }

    @Test("of a pod that is told twice in one scrape the first counts")
    func toldTwice() {
        let (web, api) = (NamespacedName(namespace: "shop", name: "web"), NamespacedName(namespace: "shop", name: "api"))
        var table = UsageTable(resolution: .seconds(60))
        func tell(at seconds: Int64, _ names: [NamespacedName]) {
            let pods = names.enumerated().map { index, name in
                let point = Self.point(seconds, cpu: UInt64(seconds) * UInt64(index + 1))
                return PodPoints(name: name, containers: [ContainerPoint(name: "main", point: point)])
            }
            table.store(NodeScrape(pods: pods), of: "node")
        }
        tell(at: 10, [web, web, api, web])
        tell(at: 20, [web, api, api, web])
        let usage = table.usage(pod: web)?.earliest
        #expect(usage?.cpuNanocores == 1_000_000_000 && table.pointCounts.containers == 2)
        tell(at: 30, [api, web, api])
        #expect(table.usage(pod: web)?.earliest?.timestampNanoseconds == 30_000_000_000)
        tell(at: 40, [])
        #expect(table.usage(pod: web) == nil && table.usage(pod: api) == nil)
    }

    @Test("a place that no longer holds is looked up anew")
    func guesses() {
        let (web, api) = (NamespacedName(namespace: "shop", name: "web"), NamespacedName(namespace: "shop", name: "api"))
        var table = UsageTable(resolution: .seconds(60))
        func tell(at seconds: Int64, _ names: [NamespacedName]) {
            let containers = [ContainerPoint(name: "main", point: Self.point(seconds, cpu: UInt64(seconds)))]
            table.store(NodeScrape(pods: names.map { PodPoints(name: $0, containers: containers) }), of: "node")
        }
        tell(at: 10, [web, api])
        tell(at: 20, [web, api])
        let first = table.place(pod: api)
        #expect(first != nil && first == table.place(pod: api, guess: first))
        tell(at: 30, [api])
        let second = table.place(pod: api, guess: first)
        #expect(second != first && second.flatMap(table.usage)?.earliest?.timestampNanoseconds == 30_000_000_000)
        #expect(table.place(pod: web, guess: table.place(pod: web)) == nil)
        table.remove("node")
        #expect(table.place(pod: api, guess: second) == nil)
        // Another node takes the place of the one that went.
        table.store(NodeScrape(pods: [PodPoints(name: web, containers: [])]), of: "other")
        #expect(table.place(pod: api, guess: second) == nil && table.place(pod: web) != second)
    }
}
