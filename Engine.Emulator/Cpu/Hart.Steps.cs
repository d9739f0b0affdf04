namespace Engine.Emulator.Cpu;

/// <summary>
/// Single steps: the interpreter is given the instructions of a block one by one, each as a block of its own. The block is found,
/// decoded and left as it would be as a whole, so that who counts blocks counts the same.
/// </summary>
internal sealed unsafe partial class Hart
{
    // The bit of the context tag that keeps whole blocks from being found while there are single steps.
    private const ulong SingleStepTag = 4;

    private readonly BlockSteps _steps;
    private bool _singleStep;

    /// <summary>Whether the interpreter is given single instructions, and every memory access is reported.</summary>
    public bool SingleStep
    {
        get => _singleStep;
        set
        {
            if (_singleStep == value)
                return;
            _singleStep = value;
            SelectContext();
        }
    }

    /// <summary>
    /// The block whose instructions are given out, or null where it is in no cache or longer than the slice: such a block is not counted.
    /// </summary>
    public Block* StepBlock { get; private set; }

    /// <summary>The tag of whole blocks, of which the state's differs by one bit while there are single steps.</summary>
    private ulong BlockTag => _state->ContextTag & ~SingleStepTag;
}
