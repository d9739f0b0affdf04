using Engine.Events.Vm;

namespace Engine.Subscriptions;

/// <summary>Decides on the detail, look by look: down at once, up after a calm that doubles with each relapse.</summary>
/// <param name="options">When.</param>
internal sealed class DetailLadder(DegradationOptions options)
{
    private int _calmLooks;
    private int _needed = options.CalmLooks;
    private bool _hasClimbed;

    /// <summary>The detail of now.</summary>
    public ExecutionDetail Detail { get; private set; }

    /// <summary>A look. Returns the detail from now on.</summary>
    /// <param name="pressure">How great the pressure is.</param>
    public ExecutionDetail Look(double pressure)
    {
        if (pressure >= options.HighFill)
            Descend();
        else if (pressure < options.LowFill)
            Calm();
        else
            _calmLooks = 0;
        return Detail;
    }

    private void Descend()
    {
        _calmLooks = 0;
        if (_hasClimbed)
            _needed = Math.Min(2 * _needed, DegradationOptions.MaxCalmLooks);
        _hasClimbed = false;
        if (Detail < options.Least)
            Detail++;
    }

    private void Calm()
    {
        if (_calmLooks < _needed)
            _calmLooks++;
        if (_calmLooks < _needed)
            return;
        if (Detail == ExecutionDetail.Instructions)
        {
            // What it has climbed to has held.
            (_hasClimbed, _needed) = (false, options.CalmLooks);
            return;
        }

        Detail--;
        (_calmLooks, _hasClimbed) = (0, true);
    }
}
