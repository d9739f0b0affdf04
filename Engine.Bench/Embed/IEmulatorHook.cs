namespace Engine.Bench.Embed;

/// <summary>What an author puts into the interpreter's loop. A struct, so that the loop is compiled for it.</summary>
internal interface IEmulatorHook
{
    /// <summary>After each instruction.</summary>
    /// <param name="pc">Its address.</param>
    /// <param name="encoding">Its encoding.</param>
    void Retired(uint pc, uint encoding);

    /// <summary>At each call of the environment.</summary>
    /// <param name="pc">Address of the instruction.</param>
    void Trapped(uint pc);

    /// <summary>When the run is over: what is held back is handed on.</summary>
    void Ended();
}
