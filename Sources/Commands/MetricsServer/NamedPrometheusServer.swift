// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubePKI
import MetricRules
import PrometheusClient

extension PrometheusServer {
    /// As its files say now.
    /// - Throws: `CommandFailure` naming the field; `ClientError`.
    func client() throws -> PrometheusClient {
        guard let address = PrometheusAddress(url) else {
            throw CommandFailure(.usage, "url \"\(url)\" is no address of a server, such as http://prometheus.example:9090")
        }
        return PrometheusClient(address, transport: try HTTPTransport(try configuration(address)), options: try options())
    }

    private func configuration(_ address: PrometheusAddress) throws -> ClientConfiguration {
        guard certFile.isEmpty == keyFile.isEmpty else { throw CommandFailure(.usage, "certFile and keyFile go together") }
        var configuration = ClientConfiguration(server: address.server)
        if !caFile.isEmpty { configuration.caPEM = try CredentialFiles.read(caFile, "caFile") }
        if !tokenFile.isEmpty { configuration.tokenFile = tokenFile }
        if !certFile.isEmpty {
            let credential = try CredentialFiles.read(certFile, keyFile, flags: ("certFile", "keyFile"))
            configuration.certificatePEM = credential.certificatePEM
            configuration.keyPEM = credential.privateKeyPEM
        }
        return configuration
    }

    private func options() throws -> PrometheusClient.Options {
        var options = PrometheusClient.Options()
        if !verb.isEmpty {
            guard let chosen = PrometheusClient.Verb(rawValue: verb) else { throw CommandFailure(.usage, "verb \"\(verb)\" is neither GET nor POST") }
            options.verb = chosen
        }
        for (name, value) in headers {
            guard RulesFlags.header("\(name)=\(value)") != nil else {
                throw CommandFailure(.usage, "headers: \(name) is no header, or its value none")
            }
            options.headers[name] = value
        }
        return options
    }

    /// What rules connect by; a failure reads as its message.
    @Sendable static func connect(_ server: PrometheusServer) throws -> PrometheusClient {
        do { return try server.client() } catch let error as CommandFailure {
            throw PrometheusError(.unreachable, error.message)
        } catch let error as ClientError {
            throw PrometheusError(.unreachable, error.message)
        }
    }
}
