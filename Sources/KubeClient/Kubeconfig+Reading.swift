// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel

extension Kubeconfig {
    /// - Throws: `ClientError` naming the file and what is wrong in it.
    package init(contentsOf path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try self.init(yaml: Self.text(path)) { file in
                // A relative path counts from the kubeconfig's folder.
                try Self.text(file.hasPrefix("/") ? file : (folder as NSString).appendingPathComponent(file))
            }
        } catch let error as ClientError {
            throw ClientError("kubeconfig \(path): \(error.message)", cause: error.cause)
        }
    }

    private static func text(_ path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ClientError("cannot read \(path): \(error.localizedDescription)", cause: error)
        }
    }

    /// - Parameter readFile: Reads the files that the configuration names instead of holding their data.
    package init(yaml: String, readFile: @escaping (_ path: String) throws -> String) throws {
        let document: JSONValue
        do {
            document = try YAML.document(in: yaml)
        } catch {
            throw ClientError("not readable as YAML: \(error)", cause: error)
        }
        let reader = KubeconfigReader(readFile: readFile)
        clusters = try Self.entries(document, "clusters", "cluster").map(reader.cluster)
        users = try Self.entries(document, "users", "user").map(reader.user)
        contexts = Self.entries(document, "contexts", "context").map { name, fields in
            Context(
                name: name, cluster: fields["cluster"]?.string ?? "", user: fields["user"]?.string ?? "", namespace: fields["namespace"]?.string)
        }
        currentContext = document["current-context"]?.string ?? ""
    }

    /// The named entries of one of the three lists.
    private static func entries(_ document: JSONValue, _ list: String, _ field: String) -> [(String, JSONValue)] {
        (document[list]?.array ?? []).map { ($0["name"]?.string ?? "", $0[field] ?? [:]) }
    }
}

private struct KubeconfigReader {
    let readFile: (_ path: String) throws -> String

    func cluster(_ name: String, _ fields: JSONValue) throws -> Kubeconfig.Cluster {
        guard let server = fields["server"]?.string, !server.isEmpty else { throw ClientError("cluster \"\(name)\" has no server") }
        if fields["insecure-skip-tls-verify"]?.bool == true {
            throw ClientError("cluster \"\(name)\" turns verification off; put its authority's certificate into certificate-authority-data instead")
        }
        return Kubeconfig.Cluster(name: name, server: server, caPEM: try pem("certificate-authority", fields, "cluster \"\(name)\""))
    }

    func user(_ name: String, _ fields: JSONValue) throws -> Kubeconfig.User {
        for unknown in ["exec", "auth-provider", "username"] where fields[unknown] != nil {
            throw ClientError("user \"\(name)\" signs in by \(unknown), which is not supported; use a client certificate or a token")
        }
        let owner = "user \"\(name)\""
        var token = fields["token"]?.string
        if token == nil, let file = fields["tokenFile"]?.string { token = try readFile(file).trimmingCharacters(in: .whitespacesAndNewlines) }
        return Kubeconfig.User(
            name: name, certificatePEM: try pem("client-certificate", fields, owner), keyPEM: try pem("client-key", fields, owner), token: token)
    }

    /// From `field-data` if it is there, otherwise from the file that `field` names.
    private func pem(_ field: String, _ fields: JSONValue, _ owner: String) throws -> String? {
        if let data = fields["\(field)-data"]?.string, !data.isEmpty {
            guard let bytes = Base64.decoded(data) else { throw ClientError("\(field)-data of \(owner) is not base64") }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let file = fields[field]?.string, !file.isEmpty else { return nil }
        return try readFile(file)
    }
}

enum Base64 {
    static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
    static func decoded(_ text: String) -> [UInt8]? { Data(base64Encoded: text, options: .ignoreUnknownCharacters).map { Array($0) } }
}
