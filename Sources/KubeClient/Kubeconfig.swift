// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// kubectl's configuration: clusters, users, and the contexts that join them.
package struct Kubeconfig: Sendable, Hashable {
    package struct Cluster: Sendable, Hashable {
        package var name: String
        package var server: String
        /// What signs the server's certificate; nil for the system's authorities.
        package var caPEM: String?

        package init(name: String, server: String, caPEM: String?) {
            self.name = name
            self.server = server
            self.caPEM = caPEM
        }
    }

    package struct User: Sendable, Hashable {
        package var name: String
        package var certificatePEM: String?
        package var keyPEM: String?
        package var token: String?

        package init(name: String, certificatePEM: String? = nil, keyPEM: String? = nil, token: String? = nil) {
            self.name = name
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
            self.token = token
        }
    }

    package struct Context: Sendable, Hashable {
        package var name: String
        package var cluster: String
        package var user: String
        package var namespace: String?

        package init(name: String, cluster: String, user: String, namespace: String? = nil) {
            self.name = name
            self.cluster = cluster
            self.user = user
            self.namespace = namespace
        }
    }

    package var clusters: [Cluster]
    package var users: [User]
    package var contexts: [Context]
    package var currentContext: String

    /// One user at one cluster, in a context named `user@cluster` as kubeadm does.
    package init(cluster: Cluster, user: User) {
        clusters = [cluster]
        users = [user]
        contexts = [Context(name: "\(user.name)@\(cluster.name)", cluster: cluster.name, user: user.name)]
        currentContext = contexts[0].name
    }

    /// How to reach the cluster of a context.
    /// - Parameter context: nil for the current one.
    /// - Throws: `ClientError` naming what is missing and what there is.
    package func configuration(context name: String? = nil) throws -> ClientConfiguration {
        let name = name ?? currentContext
        guard let context = contexts.first(where: { $0.name == name }) else {
            throw ClientError("the kubeconfig has no context \"\(name)\"; it has \(Self.names(contexts.map(\.name)))")
        }
        guard let cluster = clusters.first(where: { $0.name == context.cluster }) else {
            throw ClientError("context \"\(name)\" wants cluster \"\(context.cluster)\"; the kubeconfig has \(Self.names(clusters.map(\.name)))")
        }
        let user = users.first { $0.name == context.user }
        if user == nil, !context.user.isEmpty {
            throw ClientError("context \"\(name)\" wants user \"\(context.user)\"; the kubeconfig has \(Self.names(users.map(\.name)))")
        }
        return ClientConfiguration(
            server: cluster.server, caPEM: cluster.caPEM, certificatePEM: user?.certificatePEM, keyPEM: user?.keyPEM, token: user?.token)
    }

    private static func names(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}

// MARK: Writing

extension Kubeconfig {
    /// With all certificates and keys inside, so that the file can be moved.
    package var yaml: String {
        YAML.text(of: [
            "apiVersion": "v1", "kind": "Config", "preferences": [:], "current-context": .string(currentContext),
            "clusters": .array(
                clusters.map { cluster in
                    var fields: JSONObject = ["server": .string(cluster.server)]
                    fields["certificate-authority-data"] = cluster.caPEM.map(Self.data)
                    return ["name": .string(cluster.name), "cluster": .object(fields)]
                }),
            "users": .array(
                users.map { user in
                    var fields = JSONObject()
                    fields["client-certificate-data"] = user.certificatePEM.map(Self.data)
                    fields["client-key-data"] = user.keyPEM.map(Self.data)
                    fields["token"] = user.token.map { .string($0) }
                    return ["name": .string(user.name), "user": .object(fields)]
                }),
            "contexts": .array(
                contexts.map { context in
                    var fields: JSONObject = ["cluster": .string(context.cluster), "user": .string(context.user)]
                    fields["namespace"] = context.namespace.map { .string($0) }
                    return ["name": .string(context.name), "context": .object(fields)]
                }),
        ])
    }

    private static func data(_ pem: String) -> JSONValue { .string(Base64.encoded(Array(pem.utf8))) }
}
