// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

extension TableColumns {
    /// - Source: `printCertificateSigningRequest`, kubernetes pkg/printers/internalversion/printers.go
    static let certificateSigningRequest = TableColumns(
        columns: [
            .name, .age, TableColumn("SignerName", description: "Who is to sign."),
            TableColumn("Requestor", description: "Who asked."),
            TableColumn("RequestedDuration", description: "For how long the certificate is asked for."),
            TableColumn("Condition", description: "What has become of the request."),
        ],
        cells: { csr, now in
            let seconds = csr.spec["expirationSeconds"]?.int
            return [
                .string(csr.name), csr.age(at: now), .string(csr.spec["signerName"]?.string ?? "<none>"),
                .string(csr.spec["username"]?.string ?? ""),
                .string(seconds.map { HumanDuration.text(.seconds($0)) } ?? "<none>"), .string(condition(of: csr)),
            ]
        })

    private static func condition(of csr: KubeObject) -> String {
        var words = [csr.condition("Denied") != nil ? "Denied" : csr.condition("Approved") != nil ? "Approved" : "Pending"]
        if csr.condition("Failed") != nil { words.append("Failed") }
        if !(csr["status"]?["certificate"]?.string ?? "").isEmpty { words.append("Issued") }
        return words.joined(separator: ",")
    }
}
