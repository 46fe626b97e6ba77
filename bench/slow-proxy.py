"""A proxy in front of a registry that delays each request and counts them: slow-proxy.py LISTEN TARGET MILLISECONDS COUNTFILE.

Bodies go through the kernel (splice), so that the proxy costs little beside the programs that are measured.
"""
import fcntl
import os
import re
import socket
import sys
import threading
import time

listen, target, delay, count_file = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000, sys.argv[4]
requests = 0
counting = threading.Lock()


def count():
    global requests
    with counting:
        requests += 1
        with open(count_file, "w") as file:
            file.write(str(requests))


class Pipe:
    """Moves bytes from one socket to another."""

    def __init__(self):
        self.out, self.into = os.pipe()
        fcntl.fcntl(self.into, fcntl.F_SETPIPE_SZ, 1 << 20)

    def move(self, source, sink, length):
        while length > 0:
            taken = os.splice(source.fileno(), self.into, min(length, 1 << 20))
            if taken == 0:
                return
            length -= taken
            while taken > 0:
                taken -= os.splice(self.out, sink.fileno(), taken)

    def close(self):
        os.close(self.out)
        os.close(self.into)


class Head:
    """Reads what comes before bodies: heads of requests, and sizes of chunks."""

    def __init__(self, source):
        self.source, self.ahead = source, b""

    def until(self, end):
        while end not in self.ahead:
            data = self.source.recv(1 << 14)
            if not data:
                return None
            self.ahead += data
        head, self.ahead = self.ahead.split(end, 1)
        return head + end

    def take(self, length):
        taken, self.ahead = self.ahead[:length], self.ahead[length:]
        return taken


def send_body(head, pipe, client, server, length):
    first = head.take(length)
    server.sendall(first)
    pipe.move(client, server, length - len(first))


def requests_up(client, server):
    pipe, head = Pipe(), Head(client)
    try:
        while (lines := head.until(b"\r\n\r\n")) is not None:
            count()
            time.sleep(delay)
            server.sendall(lines)
            if re.search(rb"\r\ntransfer-encoding: *chunked\r\n", lines, re.I):
                size = 1
                while size > 0 and (line := head.until(b"\r\n")) is not None:
                    server.sendall(line)
                    size = int(line.split(b";")[0], 16)
                    send_body(head, pipe, client, server, size + 2)
            elif length := re.search(rb"\r\ncontent-length: *([0-9]+)\r\n", lines, re.I):
                send_body(head, pipe, client, server, int(length[1]))
    finally:
        pipe.close()


def answers_down(client, server):
    pipe = Pipe()
    try:
        pipe.move(server, client, sys.maxsize)
    except OSError:
        pass
    finally:
        pipe.close()
        end(client)
        end(server)


def end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def serve(client):
    with client, socket.create_connection(("127.0.0.1", target)) as server:
        for connection in client, server:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        down = threading.Thread(target=answers_down, args=(client, server))
        down.start()
        try:
            # Clients that try TLS first are told by the registry at once that it is not spoken; that is no request.
            if client.recv(1, socket.MSG_PEEK) == b"\x16":
                server.sendall(client.recv(1 << 14))
            else:
                requests_up(client, server)
        except OSError:
            pass
        finally:
            end(server)
            down.join()


with socket.create_server(("127.0.0.1", listen), backlog=128) as listener:
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
