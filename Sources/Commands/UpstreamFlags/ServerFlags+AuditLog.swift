// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension ServerFlags {
    static let auditLog: [UpstreamFlag] = {
        let webhook = "audit events go to a file; have them shipped from there"
        let batches = "lines are written as they come, without waiting for each other"
        return [
            .init("audit-log-path", .string, "", "The audit log, one JSON object a line; - for the standard output. None: no audit log."),
            .init("audit-policy-file", .string, "", "Which requests the audit log tells of: a Policy of audit.k8s.io/v1."),
            .init("audit-log-maxage", .int, "366", "Days for which audit logs that were put aside are kept; 0 keeps them."),
            .init("audit-log-maxbackup", .int, "100", "How many audit logs that were put aside are kept; 0 keeps all."),
            .init("audit-log-maxsize", .int, "100", "Megabytes at which the audit log is put aside and begun anew."),
            .init("audit-log-compress", .bool, "false", "", .onlyDefault("audit logs that were put aside are kept as they are")),
            .init("audit-log-format", .string, "json", "", .onlyDefault("events are JSON")),
            .init("audit-log-version", .string, "audit.k8s.io/v1", "", .onlyDefault("events are of audit.k8s.io/v1")),
            .init(
                "audit-log-mode", .string, "blocking", "",
                .notNeeded("requests never wait for the log; what it cannot take is counted and told in this one")),
            .init("audit-log-batch-buffer-size", .int, "10000", "", .notNeeded(batches)),
            .init("audit-log-batch-max-size", .int, "1", "", .notNeeded(batches)),
            .init("audit-log-batch-max-wait", .duration, "", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-burst", .int, "", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-enable", .bool, "false", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-qps", .float, "", "", .notNeeded(batches)),
            .init("audit-log-truncate-enabled", .bool, "false", "", .onlyDefault("events are written whole")),
            .init("audit-log-truncate-max-batch-size", .int, "10485760", "", .notNeeded("events are written whole")),
            .init("audit-log-truncate-max-event-size", .int, "102400", "", .notNeeded("events are written whole")),
            .init("audit-webhook-config-file", .string, "", "", .refused(webhook)),
            .init("audit-webhook-batch-buffer-size", .int, "10000", "", .refused(webhook)),
            .init("audit-webhook-batch-max-size", .int, "400", "", .refused(webhook)),
            .init("audit-webhook-batch-max-wait", .duration, "30s", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-burst", .int, "15", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-enable", .bool, "true", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-qps", .float, "10", "", .refused(webhook)),
            .init("audit-webhook-initial-backoff", .duration, "10s", "", .refused(webhook)),
            .init("audit-webhook-mode", .string, "batch", "", .refused(webhook)),
            .init("audit-webhook-truncate-enabled", .bool, "false", "", .refused(webhook)),
            .init("audit-webhook-truncate-max-batch-size", .int, "10485760", "", .refused(webhook)),
            .init("audit-webhook-truncate-max-event-size", .int, "102400", "", .refused(webhook)),
            .init("audit-webhook-version", .string, "audit.k8s.io/v1", "", .refused(webhook)),
        ]
    }()
}
