// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The selector of a target's scale.
///
/// - Source: `validateAndParseSelector`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
package func parseSelector(_ text: String) throws(SelectorFailure) -> LabelSelector {
    guard !text.isEmpty else { throw .missing }
    do {
        return try LabelSelector(parsing: text)
    } catch {
        throw .unparsable("\(error)")
    }
}

/// `pods`, unless more than one autoscaler would count them as its own: then none of them may act on them.
///
/// - Parameters:
///   - pods: Those that `selector` matches.
///   - claimants: The autoscalers whose selectors, as last read, match one of them.
/// - Source: the same
package func pods(
    _ pods: [PodState], selectedBy selector: String, claimants: [NamespacedName]
) throws(SelectorFailure) -> [PodState] {
    guard claimants.count < 2 else { throw .ambiguous(selector: selector, autoscalers: claimants) }
    return pods
}
