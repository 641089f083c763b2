// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import MetricRules

/// A configuration file of metric rules, or the ConfigMap that holds one.
struct RulesFile {
    /// `-` is standard input.
    let path: String

    /// The rules that are there where nobody wrote any.
    static func standard(window: Duration) throws -> MetricsConfiguration {
        let file = RulesFile(path: "the built-in rules")
        let text = DefaultRules.text(window: window)
        return try file.read(try file.document(text), text, in: file.path)
    }

    /// - Throws: `CommandFailure` naming the file and the line.
    func configuration() throws -> MetricsConfiguration {
        let text = try self.text()
        let document = try document(text)
        guard document["kind"]?.string == "ConfigMap", let data = document["data"]?.object else { return try read(document, text, in: name) }
        guard let (key, inner) = data.lazy.compactMap({ member in member.value.string.map { (member.key, $0) } }).first else {
            throw CommandFailure(.usage, "\(name): the ConfigMap holds no file")
        }
        return try read(try self.document(inner), inner, in: "\(name), \(key)")
    }

    private var name: String { path == "-" ? "standard input" : path }

    private func text() throws -> String {
        let data: Data?
        if path == "-" { data = try FileHandle.standardInput.readToEnd() } else { data = FileManager.default.contents(atPath: path) }
        guard let data else { throw CommandFailure(.usage, "cannot read \(path)", fix: "name a file that is there") }
        guard let text = String(bytes: data, encoding: .utf8) else { throw CommandFailure(.usage, "\(name) is no text") }
        return text
    }

    private func document(_ text: String) throws -> JSONValue {
        do { return try YAML.documents(in: text).first ?? .null } catch { throw CommandFailure(.usage, "\(name): \(error)") }
    }

    private func read(_ document: JSONValue, _ text: String, in place: String) throws -> MetricsConfiguration {
        do { return try MetricsConfiguration(document) } catch {
            let steps = error.path.map { step in
                switch step {
                case .key(let key): YAML.Step.key(key)
                case .index(let index): YAML.Step.index(index)
                }
            }
            let line = YAML.line(of: steps, in: text).map { ", line \($0)" } ?? ""
            throw CommandFailure(.usage, "\(place)\(line): \(error)")
        }
    }
}
