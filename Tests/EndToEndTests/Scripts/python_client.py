# SPDX-FileCopyrightText: The Updraft authors
# SPDX-License-Identifier: Apache-2.0
"""The official Python client against a lab: python_client.py KUBECONFIG RESTART-COMMAND

Each check says its name when it has passed; the first that fails ends the program with its traceback.
"""

import subprocess
import sys
import threading
import time

from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.informer.informer import ADDED, DELETED, MODIFIED, SharedInformer
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock

KUBECONFIG, RESTART = sys.argv[1:]
NAMESPACE = "default"
config.load_kube_config(KUBECONFIG)
core = client.CoreV1Api()


def passed(name):
    print("ok", name, flush=True)


def eventually(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "still not so after %s s: %s" % (seconds, what)
        time.sleep(0.1)


def refused(code, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except ApiException as error:
        assert error.status == code, error
        return error
    raise AssertionError("%s was not refused with %s" % (call.__name__, code))


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"suite": "python"}), data=data)


def lists():
    assert len(core.list_node().items) == 3
    assert {"default", "kube-system"} <= {namespace.metadata.name for namespace in core.list_namespace().items}
    for number in range(5):
        core.create_namespaced_config_map(NAMESPACE, config_map("page-%d" % number, key=str(number)))
    chosen = core.list_namespaced_config_map(NAMESPACE, label_selector="suite=python", field_selector="metadata.name!=page-0")
    assert [item.metadata.name for item in chosen.items] == ["page-1", "page-2", "page-3", "page-4"], chosen
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(NAMESPACE, label_selector="suite=python", limit=2, _continue=token)
        assert len(page.items) <= 2
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert names == ["page-%d" % number for number in range(5)], names
    assert client.VersionApi().get_code().major == "1"
    refused(404, core.read_namespaced_config_map, "absent", NAMESPACE)
    refused(409, core.create_namespaced_config_map, NAMESPACE, config_map("page-0"))


def writes():
    core.create_namespaced_config_map(NAMESPACE, config_map("writes", a="1"))
    assert core.patch_namespaced_config_map("writes", NAMESPACE, {"data": {"b": "2"}}).data == {"a": "1", "b": "2"}
    operations = [{"op": "remove", "path": "/data/a"}, {"op": "add", "path": "/data/c", "value": "3"}]
    assert core.patch_namespaced_config_map("writes", NAMESPACE, operations).data == {"b": "2", "c": "3"}
    mine = core.read_namespaced_config_map("writes", NAMESPACE)
    theirs = core.read_namespaced_config_map("writes", NAMESPACE)
    mine.data["d"] = "4"
    core.replace_namespaced_config_map("writes", NAMESPACE, mine)
    theirs.data["e"] = "5"
    refused(409, core.replace_namespaced_config_map, "writes", NAMESPACE, theirs)
    dry = core.create_namespaced_config_map(NAMESPACE, config_map("dry"), dry_run="All")
    assert dry.metadata.uid
    refused(404, core.read_namespaced_config_map, "dry", NAMESPACE)
    named = client.V1ConfigMap(metadata=client.V1ObjectMeta(generate_name="made-"))
    assert core.create_namespaced_config_map(NAMESPACE, named).metadata.name.startswith("made-")


def watches():
    start = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    seen = []

    def follow():
        stream = watch.Watch()
        for event in stream.stream(
            core.list_namespaced_config_map, NAMESPACE, resource_version=start, field_selector="metadata.name=watched", timeout_seconds=30
        ):
            seen.append((event["type"], event["object"].data))
            if event["type"] == "DELETED":
                stream.stop()

    follower = threading.Thread(target=follow)
    follower.start()
    core.create_namespaced_config_map(NAMESPACE, config_map("watched", a="1"))
    core.patch_namespaced_config_map("watched", NAMESPACE, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("watched", NAMESPACE)
    follower.join(timeout=40)
    assert seen == [("ADDED", {"a": "1"}), ("MODIFIED", {"a": "2"}), ("DELETED", {"a": "2"})], seen


def applies():
    kinds = dynamic.DynamicClient(client.ApiClient())
    maps = kinds.resources.get(api_version="v1", kind="ConfigMap")

    def apply(manager, data, **options):
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied", "namespace": NAMESPACE}, "data": data}
        return maps.server_side_apply(body=body, field_manager=manager, **options)

    apply("one", {"a": "1"})
    assert dict(apply("two", {"b": "2"}).data) == {"a": "1", "b": "2"}
    refused(409, apply, "two", {"a": "9", "b": "2"})
    assert dict(apply("two", {"a": "9"}, force_conflicts=True).data) == {"a": "9"}


SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {"size": {"type": "integer", "minimum": 1}, "colour": {"type": "string", "default": "red"}},
        },
        "status": {"type": "object", "properties": {"size": {"type": "integer"}}},
    },
}


def custom_resources():
    group, plural = "python.example.com", "gadgets"
    extensions = client.ApiextensionsV1Api()
    version = client.V1CustomResourceDefinitionVersion(
        name="v1",
        served=True,
        storage=True,
        schema=client.V1CustomResourceValidation(open_apiv3_schema=SCHEMA),
        subresources=client.V1CustomResourceSubresources(
            status={}, scale=client.V1CustomResourceSubresourceScale(spec_replicas_path=".spec.size", status_replicas_path=".status.size")
        ),
    )
    names = client.V1CustomResourceDefinitionNames(plural=plural, kind="Gadget")
    extensions.create_custom_resource_definition(
        client.V1CustomResourceDefinition(
            metadata=client.V1ObjectMeta(name="%s.%s" % (plural, group)),
            spec=client.V1CustomResourceDefinitionSpec(group=group, scope="Namespaced", names=names, versions=[version]),
        )
    )

    def established():
        status = extensions.read_custom_resource_definition("%s.%s" % (plural, group)).status
        return any(item.type == "Established" and item.status == "True" for item in status.conditions or [])

    eventually(established, "the definition is established")
    objects = client.CustomObjectsApi()
    gadget = {"apiVersion": group + "/v1", "kind": "Gadget", "metadata": {"name": "a"}, "spec": {"size": 2, "shape": "round"}}
    made = objects.create_namespaced_custom_object(group, "v1", NAMESPACE, plural, gadget)
    assert made["spec"] == {"size": 2, "colour": "red"}, made
    gadget["metadata"]["name"] = "b"
    gadget["spec"]["size"] = 0
    assert "should be greater than or equal to 1" in refused(
        422, objects.create_namespaced_custom_object, group, "v1", NAMESPACE, plural, gadget
    ).body
    assert objects.patch_namespaced_custom_object(group, "v1", NAMESPACE, plural, "a", {"spec": {"size": 3}})["spec"]["size"] == 3
    told = objects.patch_namespaced_custom_object_status(group, "v1", NAMESPACE, plural, "a", {"status": {"size": 1}})
    assert told["status"] == {"size": 1}
    assert objects.get_namespaced_custom_object_scale(group, "v1", NAMESPACE, plural, "a")["status"]["replicas"] == 1
    objects.patch_namespaced_custom_object_scale(group, "v1", NAMESPACE, plural, "a", {"spec": {"replicas": 7}})
    assert objects.get_namespaced_custom_object(group, "v1", NAMESPACE, plural, "a")["spec"]["size"] == 7
    gadgets = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version=group + "/v1", kind="Gadget")
    assert [item.metadata.name for item in gadgets.get(namespace=NAMESPACE).items] == ["a"]
    objects.delete_namespaced_custom_object(group, "v1", NAMESPACE, plural, "a")
    extensions.delete_custom_resource_definition("%s.%s" % (plural, group))
    eventually(
        lambda: all(item.metadata.name != "%s.%s" % (plural, group) for item in extensions.list_custom_resource_definition().items),
        "the definition is gone",
    )


def leader_election():
    led, ended = [], threading.Event()

    def candidate(name):
        def started():
            led.append(name)
            ended.wait(timeout=30)

        lock = LeaseLock("python-election", NAMESPACE, name)
        settings = electionconfig.Config(
            lock, lease_duration=5, renew_deadline=4, retry_period=1, onstarted_leading=started, onstopped_leading=lambda: None
        )
        threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True).start()

    candidate("first")
    eventually(lambda: led == ["first"], "the first candidate leads")
    candidate("second")
    leases = client.CoordinationV1Api()
    renewed = leases.read_namespaced_lease("python-election", NAMESPACE).spec.renew_time
    eventually(
        lambda: leases.read_namespaced_lease("python-election", NAMESPACE).spec.renew_time > renewed, "the leader renews its lease"
    )
    assert led == ["first"], led
    assert leases.read_namespaced_lease("python-election", NAMESPACE).spec.holder_identity == "first"


def informer_over_restart():
    events = []
    informer = SharedInformer(core.list_namespaced_config_map, namespace=NAMESPACE, label_selector="suite=informer")
    for kind in (ADDED, MODIFIED, DELETED):
        informer.add_event_handler(kind, lambda item, kind=kind: events.append((kind, item.metadata.name)))

    def make(name):
        body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"suite": "informer"}))
        core.create_namespaced_config_map(NAMESPACE, body)

    make("before")
    informer.start()
    eventually(lambda: (ADDED, "before") in events, "the informer lists")
    subprocess.run(RESTART, shell=True, check=True, stdout=subprocess.DEVNULL)
    make("after")
    core.delete_namespaced_config_map("before", NAMESPACE)
    eventually(lambda: (DELETED, "before") in events, "the informer goes on after the restart", seconds=60)
    assert events == [(ADDED, "before"), (ADDED, "after"), (DELETED, "before")], events
    assert [item.metadata.name for item in informer.cache.list()] == ["after"]
    informer.stop()


for check in (lists, writes, watches, applies, custom_resources, leader_election, informer_over_restart):
    check()
    passed(check.__name__)
