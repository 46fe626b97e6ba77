#!/usr/bin/env python3
"""Makes a data root of many images, in the store's own formats, without any content worth having: for bench/stores.sh.

usage: make-store.py ROOT [--tags N] [--blobs N] [--repositories N]

Each repository has a base of five layers that its images share; the rest of the blobs are layers of one image each. Half of the images look as
if they had been pulled: their layers are gzip, with a record each; the others as if they had been built. There are some manifest lists, images
without a name, step records, and a few blobs that nothing refers to.
"""
import argparse
import gzip
import hashlib
import json
import os

OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json"
TAR, GZIP = OCI + "layer.v1.tar", OCI + "layer.v1.tar+gzip"


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


class Store:
    def __init__(self, root):
        self.root, self.count, self.directories = root, 0, set()
        for directory in ("blobs/sha256", "references", "layers", "ingest", "cache/steps", "cache/mounts", "cache/pieces", "containers", "locks/leases"):
            os.makedirs(os.path.join(root, directory), mode=0o700, exist_ok=True)
        write(os.path.join(root, "oci-layout"), b'{"imageLayoutVersion":"1.0.0"}')

    def blob(self, content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        write(f"{self.root}/blobs/sha256/{digest}", content)
        self.count += 1
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}

    def layer(self, text, pulled):
        """A layer of one line; returns its blob and its DiffID."""
        tar = text.encode() * 8
        if not pulled:
            blob = self.blob(tar, TAR)
            return blob, blob["digest"]
        diff_id = "sha256:" + hashlib.sha256(tar).hexdigest()
        blob = self.blob(gzip.compress(tar, 1, mtime=0), GZIP)
        record = {"diffId": diff_id, "blobs": [{"blob": blob}]}
        write(f"{self.root}/layers/{diff_id[7:]}.json", json.dumps(record).encode())
        return blob, diff_id

    def image(self, name, layers, architecture="amd64"):
        config = {
            "created": "2026-01-02T03:04:05Z", "architecture": architecture, "os": "linux",
            "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin"], "Labels": {"name": name, "team": "a"}},
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
            "history": [{"created": "2026-01-02T03:04:05Z", "created_by": f"COPY {i} /srv # {name}"} for i in range(len(layers))],
        }
        manifest = {
            "schemaVersion": 2, "mediaType": MANIFEST, "config": self.blob(json.dumps(config).encode(), CONFIG),
            "layers": [blob for blob, _ in layers],
        }
        return self.blob(json.dumps(manifest).encode(), MANIFEST)

    def index(self, manifests):
        entries = [manifest | {"platform": {"os": "linux", "architecture": arch}} for manifest, arch in manifests]
        return self.blob(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode(), INDEX)

    def file(self, directory, name, content):
        if directory not in self.directories:
            os.makedirs(f"{self.root}/{directory}", mode=0o700, exist_ok=True)
            self.directories.add(directory)
        write(f"{self.root}/{directory}/{name}", content)

    def name(self, repository, tag, target):
        self.file(f"references/docker.io/bench/{repository}/_tags", tag, json.dumps(target).encode())

    def unnamed(self, target):
        self.file("references/_unnamed/sha256", target["digest"][7:], json.dumps(target).encode())

    def step(self, number, layers):
        key = hashlib.sha256(f"step {number}".encode()).hexdigest()
        record = {"key": key, "instruction": f"COPY {number} /srv", "layers": layers, "created": "2026-01-02T03:04:05+00:00", "size": 1}
        write(f"{self.root}/cache/steps/{key}.json", json.dumps(record).encode())


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("root")
    arguments.add_argument("--tags", type=int, default=10_000)
    arguments.add_argument("--blobs", type=int, default=200_000)
    arguments.add_argument("--repositories", type=int, default=500)
    options = arguments.parse_args()
    store = Store(options.root)
    own = max(1, (options.blobs - (5 * options.repositories) - (2 * options.tags)) // options.tags)
    bases = {}
    for number in range(options.tags):
        repository, tag = number % options.repositories, number // options.repositories
        pulled = repository % 2 == 0
        if repository not in bases:
            bases[repository] = [store.layer(f"base {repository} {i}\n", pulled) for i in range(5)]
        layers = bases[repository] + [store.layer(f"image {number} layer {i}\n", pulled) for i in range(own)]
        target = store.image(f"r{repository}:t{tag}", layers)
        if number % 50 == 7:
            target = store.index([(target, "amd64"), (store.image(f"r{repository}:t{tag}-arm", bases[repository], "arm64"), "arm64")])
        store.name(f"r{repository}", f"t{tag}", target)
        if number % 100 == 3:
            store.unnamed(store.image(f"unnamed {number}", bases[repository]))
        if number % 10 == 1:
            store.step(number, [layers[-1][1]])
    for number in range(100):
        store.layer(f"garbage {number}\n", False)
    print(f"{options.tags} tags, {store.count} blobs")


main()
