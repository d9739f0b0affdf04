namespace Engine.Events.Vm;

/// <summary>In how much detail the execution of a virtual CPU is told. The more, the dearer.</summary>
public enum ExecutionDetail : byte
{
    /// <summary>Each instruction is an event, <c>vm.instruction</c>.</summary>
    Instructions = 0,

    /// <summary>Each run of instructions is an event with their number, <c>vm.block</c>.</summary>
    Blocks = 1,

    /// <summary>Instructions are counted.</summary>
    Counters = 2,
}
