// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Yams

/// YAML as Kubernetes' tools read it: every document is a JSON tree, scalars are resolved by YAML 1.1's rules.
package enum YAML {
    /// Longer texts are refused; the API server's own limit for a request is of this size.
    package static let maximumBytes = 3 << 20

    /// The documents of `text` that are not empty, in order.
    ///
    /// A key that stands twice is an error. Aliases may not make the result larger than a text could be on its own.
    package static func documents(in text: String) throws(YAMLError) -> [JSONValue] {
        guard text.utf8.count <= maximumBytes else { throw YAMLError("the text is longer than \(maximumBytes) bytes") }
        try YAMLAliasGuard.check(text)
        var documents: [JSONValue] = []
        let parser = try composed { try Parser(yaml: text, resolver: .basic, encoding: .utf8) }
        while let root = try composed({ try parser.nextRoot() }) {
            var conversion = YAMLConversion()
            let value = try conversion.value(root)
            if !value.isNull { documents.append(value) }
        }
        return documents
    }

    /// The only document of `text`.
    package static func document(in text: String) throws(YAMLError) -> JSONValue {
        let documents = try documents(in: text)
        guard documents.count == 1 else { throw YAMLError("\(documents.count) documents stand where one was expected") }
        return documents[0]
    }

    private static func composed<Result>(_ body: () throws -> Result) throws(YAMLError) -> Result {
        do { return try body() } catch let error as YamlError { throw YAMLError(error) } catch { throw YAMLError("\(error)") }
    }
}

/// Why some text is not YAML that Kubernetes takes, and where.
package struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    /// Counted from 1; 0 where no place is known.
    package var line: Int
    /// Counted from 1 in Unicode scalars; 0 where no place is known.
    package var column: Int

    package init(_ message: String, line: Int = 0, column: Int = 0) {
        self.message = message
        self.line = line
        self.column = column
    }

    package var description: String { line > 0 ? "line \(line), column \(column): \(message)" : message }
}

extension YAMLError {
    init(_ message: String, at mark: Mark?) { self.init(message, line: mark?.line ?? 0, column: mark?.column ?? 0) }

    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(context.map { "\(problem) (\($0.text) that began on line \($0.mark.line))" } ?? problem, at: mark)
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.reduce(1) { $1.isNewline ? $0 + 1 : $0 }
            self.init(problem, line: line, column: before.reversed().prefix { !$0.isNewline }.count + 1)
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init("the key \"\(duplicates.first ?? "")\" stands twice in one mapping", at: context.mark)
        case .memory: self.init("the text is nested too deeply")
        default: self.init("\(error)")
        }
    }
}
