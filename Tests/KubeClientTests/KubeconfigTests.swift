// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import Testing

@Suite("A kubeconfig")
struct KubeconfigTests {
    private func read(_ yaml: String, files: [String: String] = [:]) throws -> Kubeconfig {
        try Kubeconfig(yaml: yaml) { path in
            guard let text = files[path] else { throw ClientError("cannot read \(path)") }
            return text
        }
    }

    @Test("is read as it was written")
    func roundTrip() throws {
        var config = Kubeconfig(
            cluster: .init(
                name: "updraft", server: "https://127.0.0.1:6443", caPEM: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"),
            user: .init(name: "kubernetes-admin", certificatePEM: "cert\n", keyPEM: "key\n"))
        config.users.append(.init(name: "robot", token: "t0ken: \"quoted\""))
        config.contexts.append(.init(name: "robot", cluster: "updraft", user: "robot", namespace: "shop"))
        #expect(config.currentContext == "kubernetes-admin@updraft")
        let again = try read(config.yaml)
        #expect(again == config)
        #expect(try again.configuration(context: "robot").token == "t0ken: \"quoted\"")
        #expect(try again.configuration().certificatePEM == "cert\n")
    }

    @Test("reads certificates and tokens from files")
    func files() throws {
        let config = try read(
            """
            apiVersion: v1
            kind: Config
            clusters:
            - name: c
              cluster: {server: "https://host:6443/", certificate-authority: ca.crt}
            users:
            - name: u
              user: {client-certificate: u.crt, client-key: /keys/u.key, tokenFile: token}
            contexts:
            - name: x
              context: {cluster: c, user: u}
            current-context: x
            """, files: ["ca.crt": "CA", "u.crt": "CERT", "/keys/u.key": "KEY", "token": "secret\n"])
        let configuration = try config.configuration()
        #expect(
            configuration == ClientConfiguration(server: "https://host:6443", caPEM: "CA", certificatePEM: "CERT", keyPEM: "KEY", token: "secret"))
    }

    @Test(
        "names what is missing or cannot be used",
        arguments: [
            ("current-context: x", "no context \"x\"; it has none"),
            ("contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x", "cluster \"c\"; the kubeconfig has none"),
            (
                "clusters: [{name: c, cluster: {server: s}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x",
                "user \"u\"; the kubeconfig has none"
            ),
            ("clusters: [{name: c, cluster: {}}]", "cluster \"c\" has no server"),
            (
                "clusters: [{name: c, cluster: {server: s, certificate-authority-data: '!'}}]",
                "certificate-authority-data of cluster \"c\" is not base64"
            ),
            ("clusters: [{name: c, cluster: {server: s, certificate-authority: gone}}]", "cannot read gone"),
            ("clusters: [{name: c, cluster: {server: s, insecure-skip-tls-verify: true}}]", "turns verification off"),
            ("users: [{name: u, user: {exec: {command: aws}}}]", "signs in by exec"), ("a: [", "not readable as YAML"),
            ("a: 1\n---\nb: 2", "2 documents"),
            ("clusters: 3\nusers: {}\ncontexts: x", "no context \"\""), ("[1, 2]", "no context \"\""),
        ])
    func broken(_ yaml: String, _ message: String) throws {
        let error = #expect(throws: ClientError.self) { _ = try read(yaml).configuration() }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("names the file that cannot be read")
    func noFile() throws {
        let error = #expect(throws: ClientError.self) { _ = try Kubeconfig(contentsOf: "/nowhere/config") }
        #expect(error?.message.hasPrefix("kubeconfig /nowhere/config: cannot read /nowhere/config") == true, "\(error?.message ?? "")")
    }
}
