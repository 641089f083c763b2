// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

// Kills a writing process again and again, and checks that the store has kept its promises. `make bench`.
//
//     store-torture [KILLS [SEED]]      1,000 kills; the same seed draws the same writes and moments
//     store-torture full DIRECTORY      what a full disk does, on a small file system

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    switch arguments.first {
    case "write" where arguments.count == 3: try await TortureWriter.run(directory: arguments[1], seed: UInt64(arguments[2]) ?? 0)
    case "full" where arguments.count == 2: try await FullDisk(directory: arguments[1]).run()
    default:
        let seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let directory = NSTemporaryDirectory() + "updraft-torture-\(getpid())"
        try await Torture(kills: arguments.first.flatMap { Int($0) } ?? 1000, seed: seed, directory: directory).run()
        try FileManager.default.removeItem(atPath: directory)
    }
} catch {
    FileHandle.standardError.write(Data("store-torture: \(error)\n".utf8))
    exit(1)
}
