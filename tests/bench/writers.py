"""Peers that write with an LSTM of charnn: PyTorch in three ways, ONNX Runtime in two, and KANN.

A writer is made for a number of streams and of threads. Its state begins at zero.

    step(ids)     reads a symbol in each stream; the logits after it as an array [streams][symbols]
    write(count)  writes `count` symbols in each stream: always the likeliest, which it reads next

The state and the symbols that come next stay in the writer. The first layer multiplies by one-hot
rows, unless the peer can take rows of the weights as charnn does. `needs` are the Python packages
of a writer, `streams` is the number of its streams.
"""
import json
import os
import warnings

import numpy

from peers_common import read_safetensors


class Model:
    """A checkpoint: its vocabulary, and its tensors by name as float32 arrays."""

    def __init__(self, path):
        self.path = path
        metadata, tensors = read_safetensors(path)
        self.vocabulary = json.loads(metadata["charnn.vocab"])["symbols"]
        self.tensors = {
            name: numpy.frombuffer(data, dtype=numpy.float32).reshape(shape)
            for name, (shape, data) in tensors.items()
            if name.startswith(("rnn.", "decoder."))
        }
        self.symbols, self.hidden = self.tensors["decoder.weight"].shape
        self.layers = sum(name.startswith("rnn.weight_hh_l") for name in self.tensors)

    def layer(self, role, layer):
        return self.tensors[f"rnn.{role}_l{layer}"]


class Torch:
    """PyTorch's torch.nn.LSTM as it is."""

    name, type, needs = "PyTorch, eager", "f32", ["torch"]

    def __init__(self, model, streams, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        self.network = self._network(model).eval()
        self.one_hot = torch.eye(model.symbols)
        state = torch.zeros(model.layers, streams, model.hidden)
        self.state = (state, state)
        self.streams = streams
        self.ids = torch.zeros(streams, dtype=torch.int64)

    def _network(self, model):
        torch = self.torch
        network = torch.nn.Module()
        network.rnn = torch.nn.LSTM(model.symbols, model.hidden, model.layers)
        network.decoder = torch.nn.Linear(model.hidden, model.symbols)
        tensors = {name: torch.from_numpy(array) for name, array in model.tensors.items()}
        network.load_state_dict(tensors, strict=True)
        return network

    def _advance(self):
        """The logits after self.ids; and self.ids becomes the likeliest."""
        outputs, self.state = self.network.rnn(self.one_hot[self.ids][None], self.state)
        logits = self.network.decoder(outputs[0])
        self.ids = logits.argmax(1)
        return logits

    def step(self, ids):
        self.ids = self.torch.from_numpy(ids)
        with self.torch.inference_mode():
            return self._advance().numpy()

    def write(self, count):
        with self.torch.inference_mode():
            for _ in range(count):
                self._advance()


class TorchInt8(Torch):
    """PyTorch's dynamic quantization of the LSTM and the decoder."""

    name, type = "PyTorch, dynamic", "int8"

    def _network(self, model):
        torch = self.torch
        kinds = {torch.nn.LSTM, torch.nn.Linear}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated, but still PyTorch's only int8 LSTM
            return torch.ao.quantization.quantize_dynamic(super()._network(model), kinds)


class TorchCompiled(Torch):
    """torch.compile() of the equations, because it does not compile torch.nn.LSTM."""

    name, type = "PyTorch, compiled", "f32"

    def _network(self, model):
        torch = self.torch
        import torch._inductor.config

        torch._inductor.config.freezing = True  # weights are packed once
        torch._dynamo.reset()
        network = torch.nn.Module()
        linear = torch.nn.Linear
        network.first = torch.nn.Embedding(model.symbols, 4 * model.hidden)
        network.inputs = torch.nn.ModuleList()
        network.states = torch.nn.ModuleList()
        network.decoder = linear(model.hidden, model.symbols)
        copies = [
            (network.first.weight, model.layer("weight_ih", 0).T),
            (network.decoder.weight, model.tensors["decoder.weight"]),
            (network.decoder.bias, model.tensors["decoder.bias"]),
        ]
        for l in range(model.layers):
            network.states.append(linear(model.hidden, 4 * model.hidden))
            bias = model.layer("bias_ih", l) + model.layer("bias_hh", l)
            copies.append((network.states[l].weight, model.layer("weight_hh", l)))
            copies.append((network.states[l].bias, bias))
            if l > 0:
                network.inputs.append(linear(model.hidden, 4 * model.hidden, bias=False))
                copies.append((network.inputs[l - 1].weight, model.layer("weight_ih", l)))
        with torch.no_grad():
            for to, array in copies:
                to.copy_(torch.tensor(array))
        self.compiled = torch.compile(lambda *a: self._equations(network, *a), dynamic=False)
        return network

    @staticmethod
    def _equations(network, ids, hidden, cell):
        gates = network.first(ids)
        after = ([], [])
        for l, states in enumerate(network.states):
            i, f, g, o = (gates + states(hidden[l])).chunk(4, 1)
            c = f.sigmoid() * cell[l] + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            after[0].append(h)
            after[1].append(c)
            if l + 1 < len(network.states):
                gates = network.inputs[l](h)
        logits = network.decoder(h)
        return logits, logits.argmax(1), *after

    def _advance(self):
        logits, self.ids, *self.state = self.compiled(self.ids, *self.state)
        return logits

    def step(self, ids):
        self.ids = self.torch.from_numpy(ids)
        with self.torch.no_grad():
            return self._advance().numpy()

    def write(self, count):
        with self.torch.no_grad():
            for _ in range(count):
                self._advance()


class Onnx:
    """ONNX Runtime's LSTM; choosing the likeliest symbol is part of its graph."""

    name, type, needs = "ONNX Runtime", "f32", ["onnx", "onnxruntime"]

    def __init__(self, model, streams, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = os.path.join(os.path.dirname(model.path), "model.onnx")
        self.session = onnxruntime.InferenceSession(
            self._file(model, streams, path), options, ["CPUExecutionProvider"]
        )
        self.streams = streams
        self.parity = 0
        self.ids = [self._value(numpy.zeros(streams, numpy.int64)) for _ in range(2)]
        self.logits = self._value(numpy.zeros((streams, model.symbols), numpy.float32))
        zeros = numpy.zeros((1, streams, model.hidden), numpy.float32)
        states = {
            f"{kind}{l}": [self._value(zeros), self._value(zeros)]
            for kind in "hc"
            for l in range(model.layers)
        }
        self.bindings = [self._binding(states, parity) for parity in range(2)]

    @staticmethod
    def _value(array):
        import onnxruntime

        return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy())

    def _binding(self, states, parity):
        """From the states and ids of this parity to those of the other."""
        binding = self.session.io_binding()
        for name, values in {"ids": self.ids, **states}.items():
            binding.bind_ortvalue_input(name, values[parity])
            binding.bind_ortvalue_output(f"{name}_after", values[1 - parity])
        binding.bind_ortvalue_output("logits", self.logits)
        return binding

    def _file(self, model, streams, path):
        """Writes the network of one step to `path`, and returns the path of what shall run."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        constants, nodes, inputs, outputs = [], [], [], []

        def constant(name, array):
            constants.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
            return name

        def declare(name, kind, shape):
            inputs.append(helper.make_tensor_value_info(name, kind, shape))
            outputs.append(helper.make_tensor_value_info(f"{name}_after", kind, shape))

        declare("ids", TensorProto.INT64, [streams])
        shape = [1, streams, model.hidden]
        one_hot = constant("one_hot", numpy.eye(model.symbols, dtype=numpy.float32)[None])
        nodes.append(helper.make_node("Gather", [one_hot, "ids"], ["x0"], axis=1))
        for l in range(model.layers):
            declare(f"h{l}", TensorProto.FLOAT, shape)
            declare(f"c{l}", TensorProto.FLOAT, shape)
            weights = [self._gates(model.layer(f"weight_{part}", l)) for part in ("ih", "hh")]
            biases = [self._gates(model.layer(f"bias_{part}", l)) for part in ("ih", "hh")]
            arguments = [
                f"x{l}",
                constant(f"W{l}", weights[0][None]),
                constant(f"R{l}", weights[1][None]),
                constant(f"B{l}", numpy.concatenate(biases)[None]),
                "",
                f"h{l}",
                f"c{l}",
            ]
            nodes.append(
                helper.make_node(
                    "LSTM", arguments, ["", f"h{l}_after", f"c{l}_after"], hidden_size=model.hidden
                )
            )
            nodes.append(helper.make_node("Identity", [f"h{l}_after"], [f"x{l + 1}"]))
        axes = constant("axes", numpy.array([0]))
        decoder = constant("decoder", model.tensors["decoder.weight"].T)
        bias = constant("bias", model.tensors["decoder.bias"])
        nodes += [
            helper.make_node("Squeeze", [f"x{model.layers}", axes], ["top"]),
            helper.make_node("MatMul", ["top", decoder], ["product"]),
            helper.make_node("Add", ["product", bias], ["logits"]),
            helper.make_node("ArgMax", ["logits"], ["ids_after"], axis=1, keepdims=0),
        ]
        outputs.append(
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [streams, model.symbols])
        )
        graph = helper.make_graph(nodes, "step", inputs, outputs, constants)
        versions = {"opset_imports": [helper.make_opsetid("", 17)], "ir_version": 9}
        onnx.save(helper.make_model(graph, **versions), path)
        return path

    @staticmethod
    def _gates(array):
        """ONNX has the gates in the order i o f g."""
        i, f, g, o = numpy.split(array, 4)
        return numpy.concatenate([i, o, f, g])

    def _advance(self):
        self.session.run_with_iobinding(self.bindings[self.parity])
        self.parity = 1 - self.parity

    def step(self, ids):
        self.ids[self.parity].update_inplace(ids)
        self._advance()
        return self.logits.numpy()

    def write(self, count):
        for _ in range(count):
            self._advance()


class OnnxInt8(Onnx):
    """ONNX Runtime's dynamic quantization of the LSTM and the decoder."""

    name, type = "ONNX Runtime, dynamic", "int8"

    def _file(self, model, streams, path):
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantized = f"{path}.int8"
        quantize_dynamic(
            super()._file(model, streams, path),
            quantized,
            op_types_to_quantize=["LSTM", "MatMul"],
            weight_type=QuantType.QInt8,
        )
        return quantized


WRITERS = [Torch, TorchCompiled, Onnx, TorchInt8, OnnxInt8]
