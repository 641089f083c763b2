// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation

// The metrics server on a farm of kubelets: what a scrape cycle, its memory and its answers cost. `make bench`; about six minutes.
//
//     metrics-server-bench                                  100, 1,000 and 5,000 nodes
//     metrics-server-bench --size 1000 --cycles 4           one size
//     metrics-server-bench --size 1000 --hanging 100 --garbage 50 --flapping 20     whether the other nodes stay fresh
//     metrics-server-bench --size 100 --program /metrics-server                     another server with the same flags
//     metrics-server-bench farm --directory DIR --nodes 1000     only the farm, until standard input ends

var limit = rlimit()
getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
limit.rlim_cur = limit.rlim_max
setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
signal(SIGPIPE, SIG_IGN)

do {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isFarm = arguments.first == "farm"
    if isFarm { arguments.removeFirst() }
    var options = try namedArguments(arguments)
    if isFarm {
        guard let directory = options["directory"] else { throw BenchFailure("farm needs --directory DIR") }
        try await FarmServer.serve(directory: directory, try FarmSettings(options))
    } else {
        BenchProcess.endAll(after: .seconds(1800))
        let program = options["program"].map { [$0] } ?? [OwnExecutable.updraft, "metrics-server"]
        for size in (options["size"] ?? "100,1000,5000").split(separator: ",") {
            options["nodes"] = String(size)
            try await MetricsServerBench(
                settings: try FarmSettings(options), program: program, resolution: Int(options["resolution"] ?? "15") ?? 15,
                cycles: max(1, Int(options["cycles"] ?? "4") ?? 4)
            ).run()
        }
    }
} catch {
    BenchProcess.stopAll()
    FileHandle.standardError.write(Data("metrics-server-bench: \(error)\n".utf8))
    exit(1)
}
