// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore

/// What every cluster has before anyone creates anything. Done at each start: what is there stays, what differs is put right.
struct Bootstrap: Sendable {
    let store: ResourceStore
    let configuration: ControlPlaneConfiguration

    /// - Parameter addresses: Where the server listens.
    func run(addresses: [APIServerConfiguration.ListenAddress]) async throws {
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            try await store.ensure(.namespaces, KubeObject(Self.namespace, name: name))
            // Its controller makes those of other namespaces; here pods may come before it runs.
            var account = NamespaceGift.serviceAccount()
            account.set(.string(name), at: "metadata", "namespace")
            try await store.ensure(.serviceAccounts, account)
        }
        try await PolicyBootstrap(store: store, rows: PolicyRows.all + configuration.policyRows).run()
        try await ensureAuthenticationConfig()
        try await LocalAPIServices(store: store).ensure(store.catalog.builtIn.groups)
        try await readdressServices()
        if let port = addresses.first(where: { configuration.block.contains($0.host) })?.port { try await ensureKubernetesService(port: port) }
    }

    private static let namespace = GroupVersionKind(apiVersion: "v1", kind: "Namespace")

    /// From which extension servers learn whose certificates and headers to believe.
    private func ensureAuthenticationConfig() async throws {
        var data: JSONObject = ["client-ca-file": .string(configuration.clientCAPEM)]
        if let header = configuration.requestHeader {
            let settings = header.settings
            data["requestheader-client-ca-file"] = .string(header.clientCAPEM)
            data["requestheader-allowed-names"] = Self.list(settings.allowedNames)
            data["requestheader-username-headers"] = Self.list(settings.usernameHeaders)
            data["requestheader-group-headers"] = Self.list(settings.groupHeaders)
            data["requestheader-extra-headers-prefix"] = Self.list(settings.extraHeaderPrefixes)
            data["requestheader-uid-headers"] = Self.list(settings.uidHeaders)
        }
        var map = KubeObject(
            GroupVersionKind(apiVersion: "v1", kind: "ConfigMap"), namespace: "kube-system", name: "extension-apiserver-authentication")
        map["data"] = .object(data)
        try await store.ensure(.configMaps, map)
    }

    private static func list(_ values: [String]) -> JSONValue { .string(JSONValue(values).encodedText) }

    // MARK: Services

    /// A lab that took another part of 127/8 than at its last start gives its Services new addresses.
    private func readdressServices() async throws {
        guard let definition = store.registry.definition(.services) else { return }
        for service in store.objects.list(definition.groupResource, namespace: nil).objects {
            guard let address = service.spec["clusterIP"]?.string, !address.isEmpty, address != "None", !configuration.block.contains(address) else {
                continue
            }
            var moved = service
            moved.set(nil, at: "spec", "clusterIP")
            moved.set(nil, at: "spec", "clusterIPs")
            if service.namespacedName == Self.kubernetes {
                moved.set(.string(ClusterIPAllocator.address(ClusterIPAllocator.apiServer, configuration.block)), at: "spec", "clusterIP")
            }
            let claim = try store.clusterIPs.claim(for: &moved, definition, in: store.objects, block: configuration.block)
            defer { store.clusterIPs.release(claim) }
            _ = try await store.objects.update(moved, at: definition.key(of: moved), expected: service.revision)
        }
    }

    private static let kubernetes = NamespacedName(namespace: "default", name: "kubernetes")

    private func ensureKubernetesService(port: Int) async throws {
        var service = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Service"), namespace: "default", name: "kubernetes")
        service.labels = ["component": "apiserver", "provider": "kubernetes"]
        service["spec"] = [
            "clusterIP": .string(ClusterIPAllocator.address(ClusterIPAllocator.apiServer, configuration.block)), "type": "ClusterIP",
            "clusterIPs": [.string(ClusterIPAllocator.address(ClusterIPAllocator.apiServer, configuration.block))], "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster", "sessionAffinity": "None",
            "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": .integer(Int64(port))]],
        ]
        try await store.ensure(.services, service)

        let address = configuration.block.server
        var endpoints = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Endpoints"), namespace: "default", name: "kubernetes")
        endpoints.labels = ["endpointslice.kubernetes.io/skip-mirror": "true"]
        endpoints["subsets"] = [
            ["addresses": [["ip": .string(address)]], "ports": [["name": "https", "port": .integer(Int64(port)), "protocol": "TCP"]]]
        ]
        try await store.ensure(.endpoints, endpoints)

        var slice = KubeObject(
            GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice"), namespace: "default", name: "kubernetes")
        slice.labels = ["kubernetes.io/service-name": "kubernetes"]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = [["addresses": [.string(address)], "conditions": ["ready": true]]]
        slice["ports"] = [["name": "https", "port": .integer(Int64(port)), "protocol": "TCP"]]
        try await store.ensure(.endpointSlices, slice)
    }
}
