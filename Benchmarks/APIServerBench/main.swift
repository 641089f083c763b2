// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel

// The API server under load: reads, durable writes, watches, lists, memory, and the start of the lab. `make bench`; about two minutes.
//
//     apiserver-bench           everything
//     apiserver-bench lab       only the start of `updraft up`

let arguments = Array(CommandLine.arguments.dropFirst())
var limit = rlimit(rlim_cur: 8192, rlim_max: 8192)
setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
do {
    if arguments.first == "serve", arguments.count == 3 {
        try await PlaneServer.serve(directory: arguments[1], podCount: Int(arguments[2]) ?? 0)
    } else if arguments.first == "lab" {
        try LabBench().run()
    } else {
        try await measureServer()
        try measureMemory()
        try LabBench().run()
    }
} catch {
    FileHandle.standardError.write(Data("apiserver-bench: \(error)\n".utf8))
    exit(1)
}

func measureServer() async throws {
    let plane = try PlaneProcess(podCount: 5000)
    defer { plane.stop() }
    let bench = RequestBench(plane)
    try await bench.reads()
    try await bench.lists()
    try await bench.writes()
    try await FanOutBench(plane: plane, watchers: 1000).run()
}

/// A server with nothing, and one with many pods: what lies between is theirs.
func measureMemory() throws {
    let empty = try PlaneProcess(podCount: 0)
    let base = empty.residentMiB
    empty.stop()
    let full = try PlaneProcess(podCount: 30_000)
    defer { full.stop() }
    let bytes = BenchPod.object(0, namespace: PlaneServer.namespace).encoded.count
    let resident = full.residentMiB
    say(
        "30000 pods of \(bytes) bytes: \(resident) MiB resident, of which the server itself \(base) MiB; "
            + "\(text(Double(resident - base) * 1_048_576 / 30_000 / Double(bytes), 1)) bytes for each byte of JSON")
}
