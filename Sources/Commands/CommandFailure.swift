// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a command ends without having done what it was asked for.
package struct CommandFailure: Error, Sendable {
    package enum Code: Int32, Sendable {
        /// The thing asked for did not hold.
        case failed = 1
        /// Wrong usage: the command line, or a file it names.
        case usage = 2
        /// Something could not be reached.
        case unreachable = 3
    }

    package var code: Code
    /// Names the object or the path.
    package var message: String
    /// The next step, if there is one to name.
    package var fix: String?

    package init(_ code: Code, _ message: String, fix: String? = nil) {
        self.code = code
        self.message = message
        self.fix = fix
    }

    var report: String { "error: \(message)" + (fix.map { "\n  fix: \($0)" } ?? "") }
}

enum StandardError {
    static func write(_ text: String) {
        let bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    static var isTerminal: Bool { isatty(2) == 1 }
}

enum StandardOutput {
    /// Written at once: the readers of a lab's output are scripts that wait for a line.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            sent += count
        }
    }

    static var isTerminal: Bool { isatty(1) == 1 }
}
