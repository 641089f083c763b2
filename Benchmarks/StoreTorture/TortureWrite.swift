// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// One write of the torture: what was asked for. What is stored follows from it, so that half an object would be noticed.
struct TortureWrite: Hashable, Sendable {
    enum Operation: String, Sendable { case create, update, delete }

    var operation: Operation
    var name: String
    /// Unlike that of every other write; of what is written, or, for a deletion, of the deletion itself.
    var token: String

    static let resource = GroupResource(group: "", resource: "configmaps")

    var key: ObjectKey { Self.key(name) }
    static func key(_ name: String) -> ObjectKey { ObjectKey(resource, namespace: "default", name: name) }

    /// The object that the write stores, without its revision.
    static func object(_ name: String, token: String) -> KubeObject {
        var random = TortureRandom(seed: UInt64(truncatingIfNeeded: token.utf8.reduce(5381) { ($0 &* 33) ^ Int($1) }))
        // Mostly small; some fill many pages of the file, so that a transaction is cut in the middle of one row.
        let length = [200, 200, 200, 1500, 1500, 4000, 4000, 60_000, 250_000][random.below(random.below(20) == 0 ? 9 : 7)]
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "default", name: name)
        object.set(
            ["token": .string(token), "text": .string(String(repeating: token, count: 1 + random.below(length) / token.utf8.count))], at: "data")
        return object
    }

    static func token(of object: KubeObject) -> String { object.value(at: "data", "token")?.string ?? "" }
}

/// What the writing process tells: lines of words, each written at once, so that none is cut short.
enum TortureReport: Equatable {
    /// The store is about to be opened.
    case opening
    case opened(revision: Int64)
    /// A writer is about to ask for a write.
    case intent(writer: Int, TortureWrite)
    /// The store has answered that writer's last one.
    case acknowledged(writer: Int, revision: Int64)
    /// The store has refused it, since another writer came first.
    case refused(writer: Int)
    /// The history is about to be forgotten.
    case compacting

    var line: String {
        switch self {
        case .opening: "opening\n"
        case .opened(let revision): "opened \(revision)\n"
        case .intent(let writer, let write): "intent \(writer) \(write.operation.rawValue) \(write.name) \(write.token)\n"
        case .acknowledged(let writer, let revision): "acknowledged \(writer) \(revision)\n"
        case .refused(let writer): "refused \(writer)\n"
        case .compacting: "compacting\n"
        }
    }

    /// - Parameter line: Without its end.
    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("opening", 1): self = .opening
        case ("compacting", 1): self = .compacting
        case ("opened", 2): if let revision = Int64(words[1]) { self = .opened(revision: revision) } else { return nil }
        case ("refused", 2): if let writer = Int(words[1]) { self = .refused(writer: writer) } else { return nil }
        case ("acknowledged", 3):
            guard let writer = Int(words[1]), let revision = Int64(words[2]) else { return nil }
            self = .acknowledged(writer: writer, revision: revision)
        case ("intent", 5):
            guard let writer = Int(words[1]), let operation = TortureWrite.Operation(rawValue: words[2]) else { return nil }
            self = .intent(writer: writer, TortureWrite(operation: operation, name: words[3], token: words[4]))
        default: return nil
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct TortureRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 up to `bound`, which isn't reached.
    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }
}
