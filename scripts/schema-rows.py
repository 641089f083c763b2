#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Updraft authors
# SPDX-License-Identifier: Apache-2.0
"""Writes KubeSchema's rows (Sources/KubeSchema/Rows/*.swift) from a table of Kubernetes' types.

    scripts/schema-rows.py TYPE-TABLE.json

The table is one JSON object: "packages" {package: {apiVersion, protobuf}}, "kinds" [{type, apiVersion, kind, namespaced}]
and "types" {"package.Type": [field]}, where a field is {json | inline, type, proto, pointer, always, optional,
patchStrategy, patchMergeKey, listType, listMapKeys, mapType, enum, default}. FILES below says which types are taken, with
all that they refer to; a type goes to the first file that reaches it. The form of a row is described in SchemaRows.swift.
"""

import json
import os
import re
import sys

FILES = [
    ("MetaRows", "metadata, selectors, conditions and the envelopes of meta.k8s.io",
     ["meta/v1.ObjectMeta", "meta/v1.ListMeta", "meta/v1.LabelSelector", "meta/v1.Condition", "meta/v1.Status", "meta/v1.DeleteOptions",
      "meta/v1.CreateOptions", "meta/v1.UpdateOptions", "meta/v1.PatchOptions", "meta/v1.APIVersions", "meta/v1.APIGroupList",
      "meta/v1.APIResourceList", "meta/v1.MicroTime", "meta/v1.PartialObjectMetadata"]),
    ("VolumeRows", "volumes of pods", ["core/v1.VolumeSource"]),
    ("ContainerRows", "containers, with their probes, environment and security", ["core/v1.Container", "core/v1.EphemeralContainer"]),
    ("PodRows", "pods and their templates", ["core/v1.Pod", "core/v1.PodTemplate", "core/v1.Binding"]),
    ("NodeRows", "nodes and namespaces", ["core/v1.Node", "core/v1.Namespace"]),
    ("CoreRows", "the other kinds of the core group", ["core/v1.Service", "core/v1.Endpoints", "core/v1.ConfigMap", "core/v1.Event", "events/v1.Event"]),
    ("WorkloadRows", "deployments, replica sets and their scale",
     ["apps/v1.Deployment", "apps/v1.ReplicaSet", "extensions/v1beta1.Deployment", "extensions/v1beta1.ReplicaSet", "extensions/v1beta1.Scale",
      "autoscaling/v1.Scale"]),
    ("OldWorkloadRows", "deployments as they were before apps/v1",
     ["apps/%s.%s" % (v, k) for v in ("v1beta2", "v1beta1") for k in ("Deployment", "ReplicaSet", "Scale")]),
    ("StorageRows", "persistent volumes and the claims to them", ["core/v1.PersistentVolume", "core/v1.PersistentVolumeClaim"]),
    ("SetRows", "stateful sets and daemon sets, and their revisions",
     ["apps/%s.%s" % (v, k) for v in ("v1", "v1beta2", "v1beta1") for k in ("StatefulSet", "DaemonSet", "ControllerRevision")]
     + ["extensions/v1beta1.DaemonSet"]),
    ("AutoscalingRows", "horizontal pod autoscalers, in every version",
     ["autoscaling/%s.HorizontalPodAutoscaler" % v for v in ("v1", "v2", "v2beta1", "v2beta2")]
     + ["autoscaling/v1.MetricSpec", "autoscaling/v1.MetricStatus", "autoscaling/v1.HorizontalPodAutoscalerCondition"]),
    ("ControlRows", "leases, endpoint slices, API services, access reviews and metrics",
     ["coordination/v1.Lease", "discovery/v1.EndpointSlice", "apiregistration/v1.APIService", "authorization/v1.SubjectAccessReview",
      "authorization/v1.SelfSubjectAccessReview", "authorization/v1.LocalSubjectAccessReview", "authorization/v1.SelfSubjectRulesReview",
      "metrics/v1beta1.NodeMetrics", "metrics/v1beta1.PodMetrics"]),
    ("IdentityRows", "secrets, service accounts and the reviews of tokens",
     ["core/v1.Secret", "core/v1.ServiceAccount"] + ["authentication/v1." + k for k in ("TokenRequest", "TokenReview", "SelfSubjectReview")]
     + ["authentication/v1beta1.TokenReview"]),
    ("AccessRows", "roles and their bindings",
     ["rbac/%s.%s" % (v, k) for v in ("v1", "v1beta1") for k in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")]),
    ("PolicyRows", "disruption budgets, network policies, and what old manifests register",
     ["policy/v1.PodDisruptionBudget", "policy/v1beta1.PodDisruptionBudget", "networking/v1.NetworkPolicy", "apiregistration/v1beta1.APIService"]),
    ("ExtensionRows", "definitions of custom resources",
     ["apiextensions/%s.CustomResourceDefinition" % v for v in ("v1", "v1beta1")]),
    ("TrustRows", "certificate signing requests, the reviews of old, and aggregated discovery",
     ["certificates/v1.CertificateSigningRequest", "authentication/v1beta1.SelfSubjectReview"]
     + ["authorization/v1beta1." + k for k in ("SubjectAccessReview", "SelfSubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectRulesReview")]
     + ["apidiscovery/%s.APIGroupDiscoveryList" % v for v in ("v2", "v2beta1")]),
    ("MetricRows", "custom and external metrics",
     ["custom_metrics/v1beta1.MetricValueList", "custom_metrics/v1beta2.MetricValueList", "external_metrics/v1beta1.ExternalMetricValueList"]),
]

# Lists where an empty one, if given, is told from none: the defaults fill only the latter.
KEPT_WHEN_EMPTY = {("autoscaling/v2.HPAScalingRules", "policies"), ("autoscaling/v2beta2.HPAScalingRules", "policies")}

# Values with a JSON form of their own: a schema or a flag, a schema or a list, any JSON at all.
FREE = re.compile(r"apiextensions/v1(beta1)?\.(JSON|JSONSchemaPropsOr\w+)$")

HEADER = """// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

// Written by scripts/schema-rows.py; its rows are described in SchemaRows.swift.

extension SchemaRows {
    /// %s.
    static let %s = \"\"\"
%s
        \"\"\"
}
"""


def element(name):
    return re.sub(r"^(\[\]|map:|wrapped)+", "", name)


def row(type_name, field):
    package = type_name.rsplit(".", 1)[0]
    kind = field["type"].replace(package + ".", "")
    if FREE.search(field["type"]):
        kind = re.sub(r"[^\]:]+$", "any", field["type"])
    if field.get("pointer") or (type_name, field.get("json")) in KEPT_WHEN_EMPTY:
        kind = "*" + kind
    name = "+" if field.get("inline") else field["json"]
    name += ("!" if field.get("always") else "") + ("?" if field.get("optional") else "")
    words = [name, kind, str(field.get("proto", "-"))]
    for word, key in (("patch", "patchStrategy"), ("key", "patchMergeKey"), ("list", "listType"), ("map", "mapType")):
        if key in field:
            words.append("%s=%s" % (word, field[key]))
    if "listMapKeys" in field:
        words.append("keys=" + ",".join(field["listMapKeys"]))
    if "default" in field and not field["default"].startswith("ref("):
        words.append("default=" + field["default"])
    if "enum" in field:
        words.append("enum=" + "|".join(field["enum"]))
    return " ".join(words)


def closure(types, roots, taken):
    order, stack = [], list(reversed(roots))
    while stack:
        name = stack.pop()
        if name not in types or name in taken or FREE.match(name):
            continue
        taken.add(name)
        order.append(name)
        stack.extend(reversed([element(field["type"]) for field in types[name]]))
    return order


def main():
    with open(sys.argv[1]) as table:
        table = json.load(table)
    folder = os.path.join(os.path.dirname(__file__), "..", "Sources", "KubeSchema", "Rows")
    os.makedirs(folder, exist_ok=True)
    kinds = {kind["type"]: kind for kind in table["kinds"]}
    taken = set()
    for name, title, roots in FILES:
        packages = {}
        for type_name in closure(table["types"], roots, taken):
            packages.setdefault(type_name.rsplit(".", 1)[0], []).append(type_name)
        lines = []
        for package, members in packages.items():
            facts = table["packages"][package]
            lines.append("package %s %s %s" % (package, facts["apiVersion"] or "-", facts["protobuf"]))
            for type_name in members:
                short = type_name.rsplit(".", 1)[1]
                kind = kinds.get(type_name)
                scope = "" if kind is None else " kind namespaced" if kind["namespaced"] else " kind cluster"
                lines.append("type %s%s" % (short, scope))
                lines += ["  " + row(type_name, field) for field in table["types"][type_name]]
        variable = name[0].lower() + name[1:]
        text = "\n".join("        " + line for line in lines)
        with open(os.path.join(folder, name + ".swift"), "w") as output:
            output.write(HEADER % (title[0].upper() + title[1:], variable, text))


main()
