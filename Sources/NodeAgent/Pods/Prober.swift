// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Subprocess
import SystemPackage

/// Asks a container one probe's question.
struct Prober: Sendable {
    enum Answer: Sendable, Hashable {
        case success
        /// With what the event says.
        case failure(String)
    }

    /// Shared by all pods of a node; a new connection each time, as kubelet's.
    private let owner: ClientOwner
    private let group: any EventLoopGroup
    private var client: HTTPClient { owner.client }

    /// Shuts the client down with the last who has it.
    private final class ClientOwner: Sendable {
        let client: HTTPClient
        init(_ client: HTTPClient) { self.client = client }
        deinit { client.shutdown { _ in } }
    }

    init(_ group: any EventLoopGroup) {
        self.group = group
        owner = ClientOwner(Self.makeClient(group))
    }

    private static func makeClient(_ group: any EventLoopGroup) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        // As kubelet: a probe asks whether the container answers, not who it is.
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        configuration.tlsConfiguration = tls
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: group, configuration: configuration)
    }

    /// - Parameter process: The container's, for commands that run inside it.
    func ask(_ settings: ProbeSettings, podIP: String, process: Int32) async -> Answer {
        switch settings.action {
        case .http(let host, let port, let path, let scheme, let headers):
            let url = "\(scheme.lowercased())://\(host ?? podIP):\(port)\(path)"
            return await http(url, headers, settings.timeout)
        case .tcp(let host, let port): return await tcp(host ?? podIP, port, settings.timeout)
        case .exec(let command): return await exec(command, process, settings.timeout)
        }
    }

    private func http(_ url: String, _ headers: [String: String], _ timeout: Duration) async -> Answer {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "kube-probe/1.36")
        request.headers.add(name: "Accept", value: "*/*")
        request.headers.add(name: "Connection", value: "close")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        do {
            let response = try await client.execute(request, timeout: TimeAmount(timeout))
            for try await _ in response.body {}
            let code = Int(response.status.code)
            return (200..<400).contains(code) ? .success : .failure("HTTP probe failed with statuscode: \(code)")
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout {
            return .failure("Get \"\(url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        } catch is NIOConnectionError {
            return .failure("Get \"\(url)\": dial tcp: connect: connection refused")
        } catch {
            return .failure("Get \"\(url)\": \(error)")
        }
    }

    private func tcp(_ host: String, _ port: Int, _ timeout: Duration) async -> Answer {
        do {
            let channel = try await ClientBootstrap(group: group).connectTimeout(TimeAmount(timeout)).connect(host: host, port: port).get()
            try? await channel.close()
            return .success
        } catch {
            return .failure("dial tcp \(host):\(port): connect: connection refused")
        }
    }

    /// In the container's mount namespace; what it prints counts for nothing but the event.
    private func exec(_ command: [String], _ process: Int32, _ timeout: Duration) async -> Answer {
        await withTaskGroup(of: Answer?.self) { tasks in
            tasks.addTask {
                do {
                    let result = try await Subprocess.run(
                        .name("nsenter"), arguments: Arguments(["--target", "\(process)", "--mount", "--root", "--wd", "--"] + command), input: .none,
                        output: .string(limit: 1 << 20), error: .discarded)
                    if case .exited(0) = result.terminationStatus { return .success }
                    return .failure(result.standardOutput)
                } catch {
                    return .failure("cannot run \(command[0]): \(error)")
                }
            }
            tasks.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first ?? .failure("command timed out: \"\(command.joined(separator: " "))\" timed out after \(timeout.components.seconds)s")
        }
    }
}
