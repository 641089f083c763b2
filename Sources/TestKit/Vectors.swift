// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// Golden cases: the slice beside the tests, or the folder that `UPDRAFT_VECTORS` names.
package struct Vectors: Sendable {
    package struct Failure: Sendable, CustomStringConvertible {
        package var id: String
        package var difference: String
        package var description: String { "\(id): \(difference)" }
    }

    package var file: String
    package var cases: [JSONValue]

    /// - Parameters:
    ///   - name: Without `.json`.
    ///   - bundle: The test target's own, where its slice is in `Vectors/`.
    package static func load(_ name: String, from bundle: Bundle) throws -> Vectors {
        let folder = ProcessInfo.processInfo.environment["UPDRAFT_VECTORS"].flatMap { $0.isEmpty ? nil : $0 }
        let path = folder.map { "\($0)/\(name).json" } ?? bundle.bundlePath + "/Vectors/\(name).json"
        guard let data = FileManager.default.contents(atPath: path) else { throw Missing(path: path) }
        return Vectors(file: "\(name).json", cases: try JSONValue.parse(Array(data))["cases"]?.array ?? [])
    }

    package struct Missing: Error, CustomStringConvertible {
        package var path: String
        package var description: String { "no vectors at \(path)" }
    }

    package func filtered(_ isIncluded: (JSONValue) -> Bool) -> Vectors { Vectors(file: file, cases: cases.filter(isIncluded)) }

    /// Runs each case and prints `<file>: N passed, M failed`, with the note after it, and what is wrong with the first that fails; `check`
    /// tells what differs, or nil. Where upstream's own answer is an accident (`implementationDefined`, `upstreamPanics`), coming back at
    /// all is passing.
    /// - Parameter note: What of the file was run, if not all of it.
    package func run(_ note: String = "", _ check: (JSONValue) -> String?) -> [Failure] {
        var failures: [Failure] = []
        for one in cases {
            let isFree = one["implementationDefined"]?.bool == true || one["upstreamPanics"]?.bool == true
            if let difference = check(one), !isFree { failures.append(Failure(id: one["id"]?.string ?? "?", difference: difference)) }
        }
        print("\(file): \(cases.count - failures.count) passed, \(failures.count) failed\(note.isEmpty ? "" : " (\(note))")")
        if let first = failures.first { print("  \(first)") }
        return failures
    }
}
