// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation

/// A farm, and a metrics server that scrapes it.
struct BenchPeers {
    let farm: MeasuredServer
    let server: MeasuredServer
    let directory: String

    /// - Parameter program: `updraft`, or what takes its place with metrics-server's flags.
    init(_ settings: FarmSettings, program: [String], resolution: Int) throws {
        directory = NSTemporaryDirectory() + "metrics-server-bench-\(getpid())-\(settings.nodes)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        farm = try BenchCluster.start(
            [OwnExecutable.path, "farm", "--directory", directory] + settings.arguments, directory: directory, log: directory + "/farm.log")
        let port = 18_443
        let process = try BenchProcess(
            program[0],
            program.dropFirst() + BenchCluster.metricsServerArguments(directory, port: port) + [
                "--metric-resolution=\(resolution)s", "--kubelet-request-timeout=\(min(10, resolution * 2 / 3))s",
                "--kubelet-preferred-address-types=InternalIP", "--kubelet-use-node-status-port",
                "--kubelet-certificate-authority=\(directory)/ca.crt",
            ], log: directory + "/server.log")
        server = MeasuredServer(process: process, port: port, tls: farm.tls)
    }

    func stop() {
        server.process.stop()
        farm.process.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
