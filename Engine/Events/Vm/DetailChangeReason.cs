namespace Engine.Events.Vm;

/// <summary>Why a range of instructions that were told in one detail has ended.</summary>
public enum DetailChangeReason : byte
{
    /// <summary>Its events came faster than they were handled: the next range is told in less detail.</summary>
    Pressure = 0,

    /// <summary>There has been no pressure for long enough: the next range is told in more detail.</summary>
    Calm = 1,

    /// <summary>The subscription or the virtual CPU has ended. There is no next range.</summary>
    Ended = 2,
}
