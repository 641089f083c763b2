// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// podinfo's command line, with Go's flag syntax: `-port=9898`, `--port=9898`, `-port 9898`.
struct PodinfoFlags: Sendable, Hashable {
    var port = 9898
    /// 3 and above logs each request.
    var verbosity = 0

    struct Failure: Error, CustomStringConvertible {
        var message: String
        var description: String { "podinfo: \(message); usage: podinfo [-port=9898] [-logtostderr=true] [-v=0]" }
    }

    init(_ arguments: [String]) throws(Failure) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-", argument != "--" else { throw Failure(message: "unexpected argument '\(argument)'") }
            let flag = argument.drop { $0 == "-" }
            let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let inline = parts.count == 2 ? String(parts[1]) : nil
            switch name {
            case "port":
                let text = inline ?? rest.popFirst() ?? ""
                guard let number = Int(text), (1...65535).contains(number) else {
                    throw Failure(message: "-port needs a number from 1 to 65535, not '\(text)'")
                }
                port = number
            case "v":
                let text = inline ?? rest.popFirst() ?? ""
                guard let number = Int(text) else { throw Failure(message: "-v needs a number, not '\(text)'") }
                verbosity = number
            // It logs to standard error whatever this says: a container's log is its output.
            case "logtostderr", "alsologtostderr":
                guard inline.map({ ["true", "false", "1", "0"].contains($0) }) ?? true else { throw Failure(message: "-\(name) is true or false") }
            default: throw Failure(message: "no such flag: -\(name)")
            }
        }
    }
}
