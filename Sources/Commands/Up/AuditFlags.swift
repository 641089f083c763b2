// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ArgumentParser
import KubeCoding
import KubeModel
import Logging

/// The audit flags of kube-apiserver.
struct AuditFlags: ParsableArguments {
    @Option(
        name: .customLong("audit-policy-file"), help: "Which requests the audit log tells of, and how much: a Policy of audit.k8s.io/v1.")
    var policyFile: String?

    @Option(name: .customLong("audit-log-path"), help: "The audit log, one JSON object a line; - for the standard output. None: no audit log.")
    var logPath: String?

    @Option(name: .customLong("audit-log-maxsize"), help: "Megabytes at which the audit log is put aside and begun anew; 0 never.")
    var maximumMegabytes = 0

    @Option(name: .customLong("audit-log-maxbackup"), help: "How many audit logs that were put aside are kept; 0 keeps all.")
    var maximumBackups = 0

    @Option(name: .customLong("audit-log-maxage"), help: "Days for which audit logs that were put aside are kept; 0 keeps them.")
    var maximumDays = 0

    init() {}

    init(policyFile: String?, logPath: String?, maximumMegabytes: Int, maximumBackups: Int, maximumDays: Int) {
        self.policyFile = policyFile
        self.logPath = logPath
        self.maximumMegabytes = maximumMegabytes
        self.maximumBackups = maximumBackups
        self.maximumDays = maximumDays
    }

    func validate() throws {
        guard (policyFile == nil) == (logPath == nil) else { throw ValidationError("--audit-policy-file and --audit-log-path go together") }
        guard maximumMegabytes >= 0, maximumBackups >= 0, maximumDays >= 0 else {
            throw ValidationError("the --audit-log-max… flags are not negative")
        }
    }

    /// nil where no audit log is asked for.
    /// - Throws: `CommandFailure` naming the flag and the file.
    func audit() throws -> AuditConfiguration? {
        guard let policyFile, let logPath else { return nil }
        let text = try CredentialFiles.read(policyFile, "--audit-policy-file")
        func refused(_ why: String) -> CommandFailure { CommandFailure(.usage, "--audit-policy-file \(policyFile): \(why)") }
        let documents: [JSONValue]
        do { documents = try YAML.documents(in: text) } catch { throw refused("\(error)") }
        guard documents.count == 1 else { throw refused("one document is needed, not \(documents.count)") }
        var log = AuditLog.Options(path: logPath)
        (log.maximumMegabytes, log.maximumBackups, log.maximumDays) = (maximumMegabytes, maximumBackups, maximumDays)
        do { return AuditConfiguration(policy: try AuditPolicy(documents[0]), log: log) } catch { throw refused(error.message) }
    }
}

/// What the audit flags say.
struct AuditConfiguration: Sendable {
    var policy: AuditPolicy
    var log: AuditLog.Options

    /// - Throws: `CommandFailure` where the log cannot be written.
    func settings(logger: Logger, now: @escaping @Sendable () -> Timestamp) throws -> AuditSettings {
        do {
            return AuditSettings(policy: policy, log: try AuditLog(log, logger: logger, now: now))
        } catch {
            throw CommandFailure(.failed, error.message, fix: "name a file in a folder that exists: --audit-log-path FILE")
        }
    }
}
