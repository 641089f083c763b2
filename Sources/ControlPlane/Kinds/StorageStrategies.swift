// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceStrategy {
    static let persistentVolume = ResourceStrategy(
        returnsDeletedObject: true,
        prepareForCreate: { volume, _ in volume["status"] = ["phase": "Pending"] },
        validateCreate: { volume, _ in VolumeRules.errors(volume).causes },
        validateUpdate: { volume, old, _ in VolumeRules.updateErrors(volume, replacing: old).causes })

    static let persistentVolumeClaim = ResourceStrategy(
        returnsDeletedObject: true,
        prepareForCreate: { claim, _ in
            claim["status"] = ["phase": "Pending"]
            // As upstream's admission does: a claim stays for as long as a pod uses it.
            let finalizers = claim.finalizers.filter { $0 != ClaimStep.protection } + [ClaimStep.protection]
            claim.set(JSONValue(finalizers), at: "metadata", "finalizers")
        },
        validateCreate: { claim, _ in ClaimRules.errors(claim).causes },
        validateUpdate: { claim, old, _ in ClaimRules.updateErrors(claim, replacing: old).causes })
}
