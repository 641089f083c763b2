// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension LabelSelector {
    /// The rules that keep the targets whose Service or pod it matches. Values are matched letter by letter, where the operator takes them for
    /// patterns: `v1.2` is not `v1-2`.
    func relabelRules(of subject: MonitorKind.Subject) -> [RelabelRule] {
        requirements.map { requirement in
            let name = LabelName.sanitized(requirement.key)
            let value = "__meta_kubernetes_\(subject.rawValue)_label_\(name)"
            let isPresent = "__meta_kubernetes_\(subject.rawValue)_labelpresent_\(name)"
            let values = "(\(requirement.sortedValues.map(\.escapedForRegex).joined(separator: "|")));true"
            return switch requirement.operator {
            case .notIn, .notEquals: .drop(value, isPresent, matching: values)
            case .exists: .keep(isPresent, matching: "true")
            case .doesNotExist: .drop(isPresent, matching: "true")
            default: .keep(value, isPresent, matching: values)
            }
        }
    }
}
