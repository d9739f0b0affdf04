namespace Engine.Emulator.FloatingPoint;

/// <summary>How a result is rounded, numbered as in the rm field of instructions and in frm.</summary>
internal enum RoundingMode
{
    /// <summary>To the nearest value; of two, the one whose last bit is 0.</summary>
    NearestEven = 0,

    /// <summary>Towards zero.</summary>
    TowardZero = 1,

    /// <summary>Towards negative infinity.</summary>
    Down = 2,

    /// <summary>Towards positive infinity.</summary>
    Up = 3,

    /// <summary>To the nearest value; of two, the one of greater magnitude.</summary>
    NearestMaxMagnitude = 4,
}
