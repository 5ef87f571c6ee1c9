"""A worker: takes jobs of type "send-confirmation" and answers them. See docs/howto/workers.md."""

import json
import os

import grpc
from google.protobuf.duration_pb2 import Duration

from bpmgrpc.v1 import job_runtime_pb2 as jobs
from bpmgrpc.v1.job_runtime_pb2_grpc import JobRuntimeStub

with grpc.insecure_channel(os.environ.get("BPMGRPC_GRPC_ADDRESS", "127.0.0.1:50051")) as channel:
    runtime = JobRuntimeStub(channel)
    wanted = jobs.ActivateJobsRequest(type="send-confirmation", worker="worker-1", request_timeout=Duration(seconds=20))
    while True:
        for job in runtime.ActivateJobs(wanted, timeout=30).jobs:
            customer = json.loads(job.variables)["customer"]
            print(f"a confirmation for {customer} ({job.custom_headers['template']})", flush=True)
            done = jobs.CompleteJobRequest(job_id=job.job_id, lease_token=job.lease_token)
            done.variables = json.dumps({"confirmed": True})
            runtime.CompleteJob(done, timeout=30, wait_for_ready=True)
