// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A client's token; one in a file is read again every minute, since a kubelet replaces a service account's before it expires.
package final class BearerToken: Sendable {
    private static let keptFor = Duration.seconds(60)

    private let file: String?
    private let kept: Mutex<(token: String?, until: ContinuousClock.Instant)>

    package init(_ configuration: ClientConfiguration) {
        file = configuration.tokenFile
        kept = Mutex((configuration.token, .now))
    }

    /// Nil where the client has none.
    /// - Throws: `ClientError` naming the file, where it cannot be read and never was.
    package func current() throws -> String? {
        guard let file else { return kept.withLock { $0.token } }
        return try kept.withLock { kept in
            let now = ContinuousClock.now
            if let token = kept.token, now < kept.until { return token }
            do {
                kept.token = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            } catch {
                // The last one may still be good; the server says if not.
                guard kept.token != nil else { throw ClientError("cannot read the token \(file): \(error.localizedDescription)", cause: error) }
            }
            kept.until = now.advanced(by: Self.keptFor)
            return kept.token
        }
    }
}
