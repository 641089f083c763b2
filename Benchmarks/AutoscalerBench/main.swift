// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CAllocationCount
import Foundation
import HorizontalAutoscaler
import KubeClient
import KubeModel
import Logging
import Synchronization

// One sync of many autoscalers: time, CPU, requests, allocations and memory. `make bench`.
//
//     autoscaler-bench                    everything
//     autoscaler-bench model|tls N NOISE  one of it: N autoscalers, NOISE as a fraction

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    if arguments.first == "serve", arguments.count == 3 {
        try await BenchServer.serve(directory: arguments[1], autoscalers: Int(arguments[2]) ?? 0)
    } else if arguments.count == 3, let count = Int(arguments[1]), let noise = Double(arguments[2]) {
        try await AutoscalerBench(count: count, noise: noise).run(overTLS: arguments[0] == "tls")
    } else {
        for count in [100, 1000, 10_000] {
            for noise in [0, 0.05] { try await AutoscalerBench(count: count, noise: noise).run(overTLS: false) }
        }
        try await AutoscalerBench(count: 10_000, noise: 0, asksForScales: true).run(overTLS: false)
        for noise in [0, 0.05] { try await AutoscalerBench(count: 10_000, noise: noise).run(overTLS: true) }
    }
} catch {
    print("autoscaler-bench: \(error)")
    exit(1)
}

struct AutoscalerBench {
    let count: Int
    let noise: Double
    /// Targets may not be watched: the cost of asking for every scale, as upstream does.
    var asksForScales = false

    private struct Round {
        var seconds: Double
        var cpu: Double
        var serverCPU: Double
        var counts: BenchTransport.Counts
        var allocations: UInt64
    }

    private static let rounds = 5

    func run(overTLS: Bool) async throws {
        let objects = BenchObjects(autoscalers: count)
        guard overTLS else {
            await measure(
                BenchTransport(ModelAPI(objects, refusesTargets: asksForScales), objects: objects, noise: noise), "in-process API", server: nil)
            return
        }
        let directory = NSTemporaryDirectory() + "updraft-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        server.arguments = ["serve", directory, "\(count)"]
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        defer {
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let piece = output.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw ClientError("the API server ended") }
            line += piece
        }
        let ready = try JSONValue.parse(line)
        let transport = try HTTPTransport(
            ClientConfiguration(
                server: ready["server"]?.string ?? "", caPEM: ready["ca"]?.string, certificatePEM: ready["certificate"]?.string,
                keyPEM: ready["key"]?.string))
        await measure(BenchTransport(transport, objects: objects, noise: noise), "API server over TLS", server: server.processIdentifier)
        try await transport.shutdown()
    }

    /// Lets the controller go through a first round, in which every status is written, and then measures some.
    private func measure(_ transport: BenchTransport, _ name: String, server: Int32?) async {
        let reports = Mutex(0)
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let count = count
        var options = AutoscalerOptions()
        // Longer than any round takes, so that each is measured by itself.
        options.syncPeriod = .seconds(count > 1000 ? 20 : 4)
        let controller = AutoscalerController(
            client: KubeClient(transport: transport, userAgent: "bench"), options: options, clock: ContinuousClock(),
            now: { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) },
            observer: { _ in
                let isLast = reports.withLock { reports in
                    reports += 1
                    return reports % count == 0
                }
                if isLast { continuation.yield() }
            }, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        var rounds: [Round] = []
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await controller.run() }
            var iterator = stream.makeAsyncIterator()
            await iterator.next()
            _ = transport.endRound()
            for _ in 0..<Self.rounds {
                let (cpu, serverCPU, allocations) = (Self.cpu(), Self.cpu(of: server), updraft_allocation_count())
                await iterator.next()
                let ended = ContinuousClock.now
                let began = transport.roundBegan ?? ended
                rounds.append(
                    Round(
                        seconds: began.duration(to: ended) / .seconds(1), cpu: Self.cpu() - cpu, serverCPU: Self.cpu(of: server) - serverCPU,
                        counts: transport.endRound(), allocations: updraft_allocation_count() - allocations))
            }
            group.cancelAll()
        }
        report(name, rounds)
    }

    private func report(_ name: String, _ rounds: [Round]) {
        func median(_ value: (Round) -> Double) -> Double { rounds.map(value).sorted()[rounds.count / 2] }
        func text(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        let each = Double(count)
        let what =
            "\(count) autoscalers, \(name)\(noise > 0 ? ", ±\(Int(noise * 100)) % noise" : "")\(asksForScales ? ", every scale asked for" : "")"
        let line =
            """
            \(what): sync \(text(median(\.seconds), 3)) s, CPU \(text(median(\.cpu), 3)) s (\(text(median(\.cpu) / each * 1e6, 0)) µs each)\
            \(name.contains("TLS") ? ", server's CPU \(text(median(\.serverCPU), 2)) s" : ""), \
            requests \(text(median { Double($0.counts.all) } / each, 3)) each (metrics \(Int(median { Double($0.counts.metrics) })), \
            scales \(Int(median { Double($0.counts.scales) })), writes \(Int(median { Double($0.counts.writes) }))), \
            \(text(median { Double($0.allocations) } / each, 0)) allocations each, resident \(Self.residentMiB) MiB

            """
        // At once, whatever standard output is.
        FileHandle.standardOutput.write(Data(line.utf8))
    }

    // MARK: Of processes

    /// Seconds of user and system time of this one.
    private static func cpu() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func cpu(of process: Int32?) -> Double {
        guard let process, let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
            return 0
        }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return Double((Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static var residentMiB: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
}
