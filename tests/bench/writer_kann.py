"""A writer (writers.py) of KANN, https://github.com/attractivechaos/kann, as a shared library.

    cc -O3 -march=native -shared -fPIC -o libkann.so kann.c kautodiff.c -lm

The layers are KANN's own operators in the order of its kann_layer_lstm(), because only so the
weights can be set by name. KANN computes on one thread.
"""
import ctypes

import numpy

INPUT, OUTPUT = 1, 2  # KANN_F_IN, KANN_F_OUT


class Node(ctypes.Structure):
    """The beginning of kad_node_t; all of what is needed."""


Node._fields_ = [
    ("n_d", ctypes.c_uint8),
    ("flag", ctypes.c_uint8),
    ("op", ctypes.c_uint16),
    ("n_child", ctypes.c_int32),
    ("tmp", ctypes.c_int32),
    ("ptr_size", ctypes.c_int32),
    ("d", ctypes.c_int32 * 4),
    ("ext_label", ctypes.c_int32),
    ("ext_flag", ctypes.c_uint32),
    ("x", ctypes.POINTER(ctypes.c_float)),
    ("g", ctypes.c_void_p),
    ("ptr", ctypes.c_void_p),
    ("gtmp", ctypes.c_void_p),
    ("child", ctypes.c_void_p),
    ("pre", ctypes.POINTER(Node)),
]


class Network(ctypes.Structure):
    """The beginning of kann_t."""

    _fields_ = [("n", ctypes.c_int), ("v", ctypes.POINTER(ctypes.POINTER(Node)))]


NODE = ctypes.POINTER(Node)
FUNCTIONS = "kann_new_weight kann_new_bias kad_cmul kad_add kad_mul kad_sigm kad_tanh kad_softmax"


class Kann:
    name, type, path = "KANN, one thread", "f32", None

    @classmethod
    def of(cls, path):
        """The class with this library."""
        return type("Kann", (cls,), {"path": path})

    def __init__(self, model, streams, threads):
        del threads
        self.library = ctypes.CDLL(self.path)
        for name in f"{FUNCTIONS} kad_feed kad_ce_multi".split():
            getattr(self.library, name).restype = NODE
        self.library.kann_new.restype = ctypes.POINTER(Network)
        self.library.kad_eval_at.restype = ctypes.POINTER(ctypes.c_float)
        self.streams, self.symbols = streams, model.symbols
        self.network = self._network(model)
        self._set_streams(streams)
        self.input = numpy.zeros((streams, model.symbols), numpy.float32)
        pointer = ctypes.POINTER(ctypes.c_float)
        inputs = (pointer * 1)(self.input.ctypes.data_as(pointer))
        self.library.kann_feed_bind(self.network, INPUT, 0, inputs)
        self.output = self.library.kann_find(self.network, OUTPUT, 0)
        self.rows = numpy.arange(streams)
        self.ids = numpy.zeros(streams, numpy.int64)

    def _leaf(self, array):
        """A weight or a bias of these values."""
        kind = "weight" if array.ndim == 2 else "bias"
        node = getattr(self.library, f"kann_new_{kind}")(*array.shape)
        ctypes.memmove(node.contents.x, numpy.ascontiguousarray(array).ctypes.data, array.nbytes)
        return node

    def _layer(self, model, l, inputs):
        lib = self.library
        before = [lib.kad_feed(2, 1, model.hidden) for _ in range(2)]
        gates = []
        for gate, squash in enumerate([lib.kad_sigm, lib.kad_sigm, lib.kad_tanh, lib.kad_sigm]):
            w, u, b, b2 = (
                numpy.split(model.layer(role, l), 4)[gate]
                for role in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            terms = lib.kad_add(
                lib.kad_cmul(inputs, self._leaf(w)), lib.kad_cmul(before[0], self._leaf(u))
            )
            gates.append(squash(lib.kad_add(terms, self._leaf(b + b2))))
        i, f, g, o = gates
        cell = lib.kad_add(lib.kad_mul(f, before[1]), lib.kad_mul(g, i))
        hidden = lib.kad_mul(lib.kad_tanh(cell), o)
        hidden.contents.pre, cell.contents.pre = before
        return hidden

    def _network(self, model):
        lib = self.library
        top = lib.kad_feed(2, 1, model.symbols)
        top.contents.ext_flag = INPUT
        for l in range(model.layers):
            top = self._layer(model, l, top)
        product = lib.kad_cmul(top, self._leaf(model.tensors["decoder.weight"]))
        logits = lib.kad_add(product, self._leaf(model.tensors["decoder.bias"]))
        logits.contents.ext_flag = OUTPUT
        truth = lib.kad_feed(2, 1, model.symbols)
        return lib.kann_new(lib.kad_ce_multi(lib.kad_softmax(logits), truth), 0)

    def _set_streams(self, streams):
        """As the example textgen.c does it for a batch: a state lies where the next one comes."""
        network = self.network.contents
        nodes = [network.v[i].contents for i in range(network.n)]
        states = [node for node in nodes if node.pre]
        self.library.kad_sync_dim(network.n, network.v, streams)
        for node in states:
            ctypes.memset(node.x, 0, streams * node.d[1] * ctypes.sizeof(ctypes.c_float))
            node.pre.contents.x = node.x

    def _advance(self):
        self.input.fill(0)
        self.input[self.rows, self.ids] = 1
        network = self.network.contents
        values = self.library.kad_eval_at(network.n, network.v, self.output)
        logits = numpy.ctypeslib.as_array(values, (self.streams, self.symbols))
        self.ids = logits.argmax(1)
        return logits

    def step(self, ids):
        self.ids = ids
        return self._advance()

    def write(self, count):
        for _ in range(count):
            self._advance()
