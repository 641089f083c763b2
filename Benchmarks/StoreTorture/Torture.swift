// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeStore
import KubeStoreSQLite

/// Starts a writing process again and again on one directory, kills it at a moment drawn by lot, and checks what it left behind.
struct Torture {
    let kills: Int
    let seed: UInt64
    let directory: String

    /// When a process is killed: so many microseconds after it has told something for the so-manieth time.
    private enum Moment {
        case opening(microseconds: Int)
        case acknowledged(count: Int, microseconds: Int)
        case compacting(count: Int, microseconds: Int)

        static func draw(_ random: inout TortureRandom) -> Moment {
            switch random.below(10) {
            case 0, 1: .opening(microseconds: random.below(20_000))
            case 2, 3, 4: .compacting(count: 1 + random.below(12), microseconds: random.below(3000))
            default: .acknowledged(count: 1 + random.below(400), microseconds: random.below(2000))
            }
        }

        /// How many more times `report` has to come; nil where that is not the one waited for.
        mutating func isReached(by report: TortureReport) -> Int? {
            switch (self, report) {
            case (.opening(let microseconds), .opening): return microseconds
            case (.acknowledged(let count, let microseconds), .acknowledged):
                self = .acknowledged(count: count - 1, microseconds: microseconds)
                return count == 1 ? microseconds : nil
            case (.compacting(let count, let microseconds), .compacting):
                self = .compacting(count: count - 1, microseconds: microseconds)
                return count == 1 ? microseconds : nil
            default: return nil
            }
        }
    }

    func run() async throws {
        var random = TortureRandom(seed: seed)
        var ledger = TortureLedger()
        var killed = ["opening": 0, "compacting": 0, "writing": 0]
        var checks = 0
        for round in 1...kills {
            let moment = Moment.draw(&random)
            do {
                try await kill(at: moment, seed: random.next(), &ledger)
                switch moment {
                case .opening: killed["opening", default: 0] += 1
                case .compacting: killed["compacting", default: 0] += 1
                case .acknowledged: killed["writing", default: 0] += 1
                }
                // In the other half of the rounds the next process has to recover what this one left.
                guard round == kills || random.below(2) == 0 else { continue }
                checks += 1
                try await check(&ledger)
            } catch {
                throw TortureFailure(
                    "after kill \(round) (\(moment)): \(error)\nThe store is kept in \(directory); to run it again: store-torture \(kills) \(seed)")
            }
        }
        print(
            "store-torture \(kills) \(seed): \(kills) kills (\(killed["opening"] ?? 0) while opening, \(killed["compacting"] ?? 0) while compacting), "
                + "\(checks) checks, \(ledger.acknowledgedCount) writes acknowledged and none lost; of those without an answer "
                + "\(ledger.recoveredCount) were there, \(ledger.lostCount) were not")
    }

    private func kill(at moment: Moment, seed: UInt64, _ ledger: inout TortureLedger) async throws {
        var moment = moment
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["write", directory, "\(seed)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var isKilled = false
        var rest: [UInt8] = []
        while case let piece = output.fileHandleForReading.availableData, !piece.isEmpty {
            rest += piece
            let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest = Array(lines.last ?? [])
            for line in lines.dropLast() {
                guard let report = TortureReport(String(decoding: line, as: UTF8.self)) else {
                    throw TortureFailure("not a report: \(String(decoding: line, as: UTF8.self))")
                }
                try ledger.note(report)
                guard !isKilled, let microseconds = moment.isReached(by: report) else { continue }
                usleep(UInt32(microseconds))
                Foundation.kill(process.processIdentifier, SIGKILL)
                isKilled = true
            }
        }
        process.waitUntilExit()
        guard isKilled, process.terminationReason == .uncaughtSignal, rest.isEmpty else {
            throw TortureFailure("the writing process ended by itself with \(process.terminationStatus)")
        }
        ledger.processDied()
    }

    private func check(_ ledger: inout TortureLedger) async throws {
        let store = try await SQLiteStore.open(directory: directory, limits: StoreLimits(historyCapacity: 1_000_000))
        let problems = try store.integrityProblems()
        guard problems.isEmpty else { throw TortureFailure("the database is damaged: \(problems.joined(separator: "; "))") }
        try await ledger.check(store)
        try await store.close()
    }
}

struct TortureFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
