"""A proxy in front of a registry that delays each request and counts them: slow-proxy.py LISTEN TARGET MILLISECONDS COUNTFILE."""
import asyncio
import sys

listen, target, delay, count_file = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000, sys.argv[4]
requests = 0


def count():
    global requests
    requests += 1
    with open(count_file, "w") as file:
        file.write(str(requests))


async def copy_exactly(reader, writer, length):
    while length > 0:
        data = await reader.read(min(length, 1 << 18))
        if not data:
            return
        writer.write(data)
        await writer.drain()
        length -= len(data)


async def copy_chunks(reader, writer):
    while True:
        line = await reader.readline()
        writer.write(line)
        size = int(line.split(b";")[0], 16)
        await copy_exactly(reader, writer, size + 2)
        if size == 0:
            return


async def requests_up(reader, writer):
    first = await reader.read(1)
    if first == b"\x16":
        # Clients that try TLS first are told by the registry at once that it is not spoken; that is no request.
        writer.write(first)
        await answers_down(reader, writer)
        return
    while first:
        head = first + await reader.readuntil(b"\r\n\r\n")
        count()
        await asyncio.sleep(delay)
        writer.write(head)
        lines = head.lower().split(b"\r\n")
        if b"transfer-encoding: chunked" in lines:
            await copy_chunks(reader, writer)
        else:
            lengths = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
            await copy_exactly(reader, writer, lengths[0] if lengths else 0)
        await writer.drain()
        first = await reader.read(1)


async def answers_down(reader, writer):
    while data := await reader.read(1 << 18):
        writer.write(data)
        await writer.drain()


async def serve(client_reader, client_writer):
    try:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
        tasks = [asyncio.ensure_future(requests_up(client_reader, server_writer)), asyncio.ensure_future(answers_down(server_reader, client_writer))]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server_writer.close()
    except OSError:
        pass
    finally:
        client_writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


asyncio.run(main())
