"""A worker: does jobs of type "send-confirmation". See docs/howto/workers.md."""

from bpmgrpc.worker import Job, Worker

worker = Worker()


@worker.job("send-confirmation")
def confirm(job: Job) -> dict[str, object]:
    print(f"a confirmation for {job.variables['customer']} ({job.headers['template']})", flush=True)
    return {"confirmed": True}


worker.run()
