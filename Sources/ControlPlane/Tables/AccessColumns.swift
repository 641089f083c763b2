// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printRole`, `printSecret`, …).
extension TableColumns {
    static let secret = TableColumns(
        columns: [
            .name, TableColumn("Type", description: "What the data is for."), TableColumn("Data", description: "How many keys it holds."), .age,
        ],
        cells: { secret, now in
            [
                .string(secret.name), .string(secret["type"]?.string ?? ""), .integer(Int64(secret["data"]?.object?.count ?? 0)), secret.age(at: now),
            ]
        })

    static let serviceAccount = TableColumns(
        columns: [.name, TableColumn("Secrets", description: "How many secrets it names."), .age],
        cells: { account, now in
            [.string(account.name), .integer(Int64(account["secrets"]?.array?.count ?? 0)), account.age(at: now)]
        })

    static let roleBinding = TableColumns(
        columns: [
            .name, TableColumn("Role", description: "The role that is given."), .age,
            TableColumn("Users", description: "The users it is given to.", priority: 1),
            TableColumn("Groups", description: "The groups it is given to.", priority: 1),
            TableColumn("ServiceAccounts", description: "The service accounts it is given to.", priority: 1),
        ],
        cells: { binding, now in
            func subjects(_ kind: String) -> JSONValue {
                let names = (binding["subjects"]?.array ?? []).filter { $0["kind"]?.string == kind }.map { subject in
                    let name = subject["name"]?.string ?? ""
                    return kind == "ServiceAccount" ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
                }
                return .string(names.joined(separator: ", "))
            }
            let role = "\(binding.value(at: "roleRef", "kind")?.string ?? "")/\(binding.value(at: "roleRef", "name")?.string ?? "")"
            return [.string(binding.name), .string(role), binding.age(at: now), subjects("User"), subjects("Group"), subjects("ServiceAccount")]
        })

    static let podDisruptionBudget = TableColumns(
        columns: [
            .name, TableColumn("Min Available", description: "How many must stay."), TableColumn("Max Unavailable", description: "How many may go."),
            TableColumn("Allowed Disruptions", description: "How many may go now."), .age,
        ],
        cells: { budget, now in
            func bound(_ field: String) -> JSONValue {
                switch budget.spec[field] ?? .null {
                case .integer(let number): .string(String(number))
                case .string(let text): .string(text)
                default: "N/A"
                }
            }
            return [
                .string(budget.name), bound("minAvailable"), bound("maxUnavailable"), budget.status["disruptionsAllowed"] ?? 0, budget.age(at: now),
            ]
        })

    static let networkPolicy = TableColumns(
        columns: [.name, TableColumn("Pod-Selector", description: "The pods it is about."), .age],
        cells: { policy, now in
            let selector = (try? LabelSelector(object: policy.spec["podSelector"]))?.description ?? ""
            return [.string(policy.name), CellText.orNone(selector), policy.age(at: now)]
        })
}
