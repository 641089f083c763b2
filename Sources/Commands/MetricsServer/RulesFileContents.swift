// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MetricRules
import Synchronization

/// What the file of rules says, and the files by which the servers are reached that it names.
final class RulesFileContents: Sendable {
    private struct Known {
        var text: Data?
        /// That the servers of `text` name.
        var credentials: [String] = []
    }

    private let rules: RulesFlags
    private let known = Mutex(Known())

    init(_ rules: RulesFlags) { self.rules = rules }

    func read() -> [Data?] {
        let text = FileManager.default.contents(atPath: rules.path)
        let credentials = known.withLock { known in
            // One that cannot be read tells nothing of servers; those before count on.
            if text != known.text, let configuration = try? rules.rules() {
                known.credentials = configuration.servers.sorted { $0.key < $1.key }.flatMap(\.value.credentialFiles)
            }
            known.text = text
            return known.credentials
        }
        return [text] + credentials.map { FileManager.default.contents(atPath: $0) }
    }
}
