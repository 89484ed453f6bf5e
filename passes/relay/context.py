"""arenite inside an unmodified ``relay.build``: a pass context that watches the build and steps in at three places.

After the first pass, quantised operators become arenite's; after lowering, the calls are put into the best order; USMP
then asks arenite for the offsets. The same build without arenite is made beside it, up to its memory plan, for the
report and so that nothing ever gets worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from arenite.errors import AreniteError
from arenite.passes.relay.baseline import Baseline, measure, relay_build
from arenite.passes.relay.kernel_sources import with_kernel_sources
from arenite.passes.relay.memory import plan_memory
from arenite.passes.relay.memory.in_place import in_place_pairs
from arenite.passes.relay.memory.io_conflicts import io_conflicts
from arenite.passes.relay.memory.plan_memory import MemoryReport
from arenite.passes.relay.name_ports import name_ports
from arenite.passes.relay.operators import count_operators
from arenite.passes.relay.order.reorder_schedule import ScheduleReport, reorder
from arenite.passes.relay.own_attributes import own_attributes
from arenite.passes.relay.quantised import Left, Match, MatchReport, lower_quantised
from arenite.passes.relay.report import Report
from arenite.passes.relay.separate_outputs import separate_outputs
from arenite.relay_compat import copy_module, has_attribute, quiet, relay, replace_functions, tvm
from arenite.target import PORTABLE, Target

IMPORTED, LOWERED, POOLS_ASSIGNED = "RemoveUnusedFunctions", "LowerTE", "tir.usmp.AssignPoolInfo"
NESTED = "FoldConstant"
"""The pass that builds and runs modules of its own, which are none of our business."""
EXECUTOR, POOLS = "executor", "workspace_memory_pools"
WORKSPACE_IO = "tir.usmp.use_workspace_io"


@dataclass(frozen=True)
class Options:
    """What arenite does in a build. ``timeout``: seconds for order and offsets each. ``kernels``: for which core;
    None for that of TVM's target."""

    quantised: bool = True
    reorder: bool = True
    in_place: bool = True
    compare: bool = True
    timeout: float = 10.0
    kernels: Target | None = None


class PassContext:
    """``tvm.transform.PassContext`` for ``relay.build``, with arenite's operators, order and memory plan.

    ``with arenite.relay.PassContext(opt_level=3) as context: module = relay.build(...)``; afterwards
    ``context.report`` says what was done and how many bytes it saves.

    The positional arguments are those of TVM's own context. USMP is switched on with arenite's algorithm,
    vectorisation off, where ``config`` says nothing else. ``disabled_pass`` must not have RemoveUnusedFunctions in it,
    or AreniteError is raised.

    Args:
        quantised: replace int8 operators by arenite's row kernels; without, only order and offsets change.
        reorder: look for a better order of the calls.
        in_place: let element-wise operators write over an input that nobody needs any more.
        compare: build without arenite, too, up to the memory plan. It takes that build's time; without it the report
            has no comparison, and a result that TVM's own planners would undercut is not noticed. Nor is there one
            where TVM alone cannot build the module.
        timeout: seconds that the search for the order, and that for the offsets, may take.
        kernels: the core whose kernels are taken, and whether fast or small ones: ``Target("cortex-m4", "size")`` of
            ``arenite.target``; by default fast ones for the ``-mcpu`` of TVM's target, or for any core if it has none.
    """

    def __init__(
        self,
        opt_level: int = 3,
        required_pass: Sequence[str] | None = None,
        disabled_pass: Sequence[str] | None = None,
        instruments: Sequence[Any] | None = None,
        config: Mapping[str, Any] | None = None,
        *,
        quantised: bool = True,
        reorder: bool = True,
        in_place: bool = True,
        compare: bool = True,
        timeout: float = 10.0,
        kernels: Target | None = None,
    ) -> None:
        options = Options(quantised, reorder, in_place, compare, timeout, kernels)
        plain = {"tir.disable_vectorize": True, "tir.usmp.enable": True, **(config or {})}
        if IMPORTED in (disabled_pass or []):
            raise AreniteError(
                f"arenite begins after TVM's pass {IMPORTED}, which is not to run",
                remedy=f"take {IMPORTED} out of disabled_pass",
            )
        settings: dict[str, Any] = {
            "opt_level": opt_level,
            # TVM leaves it out at level 0.
            "required_pass": [*(required_pass or []), IMPORTED],
            "disabled_pass": disabled_pass,
        }
        self._build = _Build(options, {**settings, "config": plain})
        plan_memory.register()
        self._context = tvm.transform.PassContext(
            **settings,
            instruments=[*(instruments or []), _instrument(self._build)],
            config={"tir.usmp.custom_algorithm": plan_memory.ALGORITHM, **plain},
        )

    def __enter__(self) -> PassContext:
        self._build.nested, self._build.active = 0, False
        self._context.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        plan_memory.expect(frozenset(), 0.0, None)
        self._context.__exit__(*error)

    @property
    def report(self) -> Report:
        """Of the last build. Raises AreniteError when none has reached its memory plan."""
        return self._build.report()


class _Build:
    """What is known about the build under way."""

    def __init__(self, options: Options, settings: dict[str, Any]) -> None:
        self.options = options
        self.settings = settings
        self.nested = 0
        self.active = False
        self.original: Any = None
        self.target: Any = None
        self.operators = 0
        self.matches = MatchReport((), ())
        self.schedule: ScheduleReport | None = None
        self.baseline: Baseline | None = None
        self.memory: MemoryReport | None = None

    def report(self) -> Report:
        if self.memory is None:
            raise AreniteError(
                "no relay.build has been planned in this context",
                remedy="build with Executor('aot') inside the context, and look at the report afterwards",
            )
        return Report(self.operators, self.matches, self.schedule, self.memory, self.baseline)

    def imported(self, module: Any) -> None:
        """The module is as the user gave it, with its parameters bound."""
        if not has_attribute(module, EXECUTOR):  # the user runs the pass without relay.build
            return
        executor = _executor_name(module)
        if executor != "aot":
            if self.active:  # TVM runs a part of the module to find out what it computes
                return
            raise AreniteError(
                f"relay.build was called with the executor {executor}, whose memory TVM plans without asking",
                remedy="pass executor=Executor('aot', {'unpacked-api': True, 'interface-api': 'c'}), or leave out "
                "arenite",
            )
        self.active = True
        self.matches, self.schedule, self.baseline, self.memory = MatchReport((), ()), None, None, None
        self.target = tvm.target.Target.current(allow_none=True)
        module["main"] = name_ports(own_attributes(module["main"]))
        if self.settings["config"].get(WORKSPACE_IO, False):
            module["main"] = separate_outputs(module["main"])
        self.original = copy_module(module)
        if self.options.quantised and self.target is not None and self.target.kind.name == "c":
            kernels = self.options.kernels or Target(str(self.target.attrs.get("mcpu", PORTABLE.cpu)))
            lowered, self.matches = lower_quantised(module, kernels)
            replace_functions(module, lowered)
        self.operators = count_operators(module["main"])

    def lowered(self, module: Any) -> None:
        """Operators have become PrimFuncs; ``main`` calls them in an order that is still free."""
        if not has_attribute(module, POOLS):
            return
        workspace_io = bool(self.settings["config"].get(WORKSPACE_IO, False))
        if self.options.compare:
            self.baseline = measure(self.original, module.attrs, self.target, self.settings)
        self.reorder(module, workspace_io)
        if self.baseline and self._undercut(module.attrs, self.baseline):
            replace_functions(module, self.baseline.lowered)
            self.operators = 0
            self.matches = MatchReport((), tuple(_left(match) for match in self.matches.matched) + self.matches.left)
            self.reorder(module, workspace_io)
        functions = {
            variable.name_hint: function
            for variable, function in module.functions.items()
            if isinstance(function, tvm.tir.PrimFunc)
        }
        for name, function in with_kernel_sources(functions).items():
            module.update_func(module.get_global_var(name), function)

    def _undercut(self, attributes: Any, baseline: Baseline) -> bool:
        """Whether TVM's operators need less than arenite's, as a fused chain of element-wise ones can.

        The schedule is an estimate where operands have several readers, for they may be written over by the last one;
        where it decides, the build is tried.
        """
        if not self.matches.matched or self.schedule is None or self.schedule.planned_bytes <= baseline.best_bytes:
            return False
        trial = PassContext(**self.settings, **{**_arguments(self.options), "compare": False})
        with quiet(), trial:
            relay_build(self.original, attributes, self.target)
        return trial.report.workspace_bytes > baseline.best_bytes

    def reorder(self, module: Any, workspace_io: bool) -> None:
        main, schedule = reorder(
            module, workspace_io=workspace_io, in_place=self.options.in_place, timeout=self.options.timeout
        )
        self.schedule = schedule
        # In TVM's own order the planner has the very plans of TVM's planners to choose from.
        worse = self.baseline and not self.operators and schedule.planned_bytes > self.baseline.best_bytes
        if self.options.reorder and not worse:
            module["main"] = main

    def pools_assigned(self, module: Any) -> None:
        """USMP is about to ask for the offsets."""
        pairs = in_place_pairs(module) if self.options.in_place else frozenset()
        plan_memory.expect(pairs, self.options.timeout, self.planned, apart=io_conflicts(module))

    def planned(self, memory: MemoryReport) -> None:
        self.memory = memory
        self.active = False


def _arguments(options: Options) -> dict[str, Any]:
    return {field.name: getattr(options, field.name) for field in fields(options)}


def _instrument(build: _Build) -> Any:
    @tvm.instrument.pass_instrument
    class AreniteInstrument:
        def run_before_pass(self, _module: Any, info: Any) -> None:
            build.nested += info.name == NESTED

        def run_after_pass(self, module: Any, info: Any) -> None:
            build.nested -= info.name == NESTED
            if build.nested:
                return
            if info.name == IMPORTED and not has_attribute(module, POOLS):
                build.imported(module)
            elif info.name == LOWERED and build.active:
                build.lowered(module)
            elif info.name == POOLS_ASSIGNED and build.active:
                build.pools_assigned(module)

    return AreniteInstrument()


def _left(match: Match) -> Left:
    return Left(match.kind, match.source, "TVM's own operators need less memory in this network")


def _executor_name(module: Any) -> str | None:
    executor = module.attrs[EXECUTOR]
    return str(executor.name) if isinstance(executor, relay.backend.Executor) else None
