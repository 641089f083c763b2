// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Logging
import NIOHTTP1
import Synchronization

/// Whose word on users is taken, and in which headers it stands; kube-apiserver's `--requestheader-*` flags.
package struct RequestHeaderSettings: Sendable, Hashable {
    /// Common names of proxies; empty allows any that the authority signed.
    package var allowedNames: [String]
    /// Of each list the first header with a value counts.
    package var usernameHeaders: [String]
    package var uidHeaders: [String]
    /// All values of all headers count, save empty ones.
    package var groupHeaders: [String]
    package var extraHeaderPrefixes: [String]

    package init(
        allowedNames: [String] = [], usernameHeaders: [String] = ["X-Remote-User"], uidHeaders: [String] = ["X-Remote-Uid"],
        groupHeaders: [String] = ["X-Remote-Group"], extraHeaderPrefixes: [String] = ["X-Remote-Extra-"]
    ) {
        self.allowedNames = allowedNames
        self.usernameHeaders = usernameHeaders
        self.uidHeaders = uidHeaders
        self.groupHeaders = groupHeaders
        self.extraHeaderPrefixes = extraHeaderPrefixes
    }
}

/// `--requestheader-*`: which front proxies may say in headers who a user is.
package struct RequestHeaderOptions: Sendable {
    /// `--requestheader-client-ca-file`, as PEM.
    package var clientCAPEM: String
    /// `--requestheader-allowed-names`, `-username-headers`, `-uid-headers`, `-group-headers`, `-extra-headers-prefix`.
    package var settings: RequestHeaderSettings

    package init(clientCAPEM: String, settings: RequestHeaderSettings = RequestHeaderSettings()) {
        self.clientCAPEM = clientCAPEM
        self.settings = settings
    }
}

/// Users by the headers of a front proxy, believed only from a client certificate of the front-proxy authority with an
/// allowed common name.
/// - Source: k8s.io/apiserver pkg/authentication/request/headerrequest
package final class RequestHeaderAuthenticator: Authenticator {
    private let trust: ClientTrust
    private let settings: Mutex<RequestHeaderSettings>
    private let logger: Logger
    /// When a refused proxy name was last logged: one that keeps trying would fill the log.
    private let lastRefusalLogged = Mutex<[String: Timestamp]>([:])
    private static let refusalLogInterval = Duration.seconds(30)

    package init(settings: RequestHeaderSettings, trust: ClientTrust, logger: Logger) {
        self.trust = trust
        self.settings = Mutex(settings)
        self.logger = logger
    }

    /// Counts from the next request on; the authority is replaced at the `ClientTrust`.
    package func replace(_ settings: RequestHeaderSettings) { self.settings.withLock { $0 = settings } }

    package var clientTrust: [ClientTrust] { [trust] }

    package func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        if let outcome = outcome(request) { return .ready(outcome) }
        return .deferred {
            await request.connection.verify(self.trust, now: request.now)
            return self.outcome(request) ?? .failure("proxy certificate could not be verified: the authorities changed meanwhile")
        }
    }

    private func outcome(_ request: AuthenticationRequest) -> AuthenticationOutcome? {
        switch request.connection.identity(trust, now: request.now) {
        case .noCertificate: return .noOpinion
        case .unknown: return nil
        case .rejected(let rejection): return .failure("proxy certificate \"\(rejection.presentedCommonName)\": \(rejection.reason)")
        case .verified(let identity):
            let settings = settings.withLock { $0 }
            guard settings.allowedNames.isEmpty || settings.allowedNames.contains(identity.commonName) else {
                logRefusal(identity.commonName, settings.allowedNames, request.now)
                return .failure("proxy certificate: subject with cn=\(identity.commonName) is not in the allowed list")
            }
            return settings.outcome(request.headers)
        }
    }

    private func logRefusal(_ name: String, _ allowed: [String], _ now: Timestamp) {
        let isDue = lastRefusalLogged.withLock { logged in
            if let last = logged[name], now - last < Self.refusalLogInterval { return false }
            if logged.count > 100 { logged.removeAll() }
            logged[name] = now
            return true
        }
        guard isDue else { return }
        logger.warning(
            "refused the user headers of a front proxy: its certificate's common name is not allowed (--requestheader-allowed-names)",
            metadata: ["commonName": "\(name)", "allowedNames": "\(allowed.joined(separator: ","))"])
    }
}

extension RequestHeaderSettings {
    /// What the headers say, given that they may be believed.
    package func outcome(_ headers: HTTPHeaders) -> AuthenticationOutcome {
        let name = firstValue(usernameHeaders, headers)
        guard !name.isEmpty else { return .noOpinion }
        var user = UserInfo(name: name, uid: firstValue(uidHeaders, headers))
        for header in groupHeaders { user.groups += headers[header].filter { !$0.isEmpty } }
        var consumed = usernameHeaders + uidHeaders + groupHeaders
        for prefix in extraHeaderPrefixes {
            for (header, value) in headers where header.count >= prefix.count && header.prefix(prefix.count).lowercased() == prefix.lowercased() {
                let key = header.dropFirst(prefix.count).lowercased()
                user.extra[PercentEncoding.decode(key) ?? key, default: []].append(value)
                consumed.append(header)
            }
        }
        return .authenticated(user, consumedHeaders: consumed)
    }

    private func firstValue(_ names: [String], _ headers: HTTPHeaders) -> String {
        for name in names {
            // Go's Header.Get reads the first value only; an empty one passes on to the next header.
            if let value = headers[name].first, !value.isEmpty { return value }
        }
        return ""
    }
}
