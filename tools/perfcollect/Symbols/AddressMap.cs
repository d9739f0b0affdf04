namespace Engine.PerfCollect.Symbols;

/// <summary>Which method's code is at an address.</summary>
internal sealed class AddressMap
{
    private readonly Dictionary<ulong, (ulong End, ManagedMethod Method)> _byStart = [];
    private ulong[]? _starts;

    /// <summary>Adds the code of a method. Code that was compiled later to the same place stands in for the former.</summary>
    public void Add(ulong start, ulong size, ManagedMethod method)
    {
        _byStart[start] = (start + size, method);
        _starts = null;
    }

    public bool TryFind(ulong address, out ManagedMethod method)
    {
        _starts ??= [.. _byStart.Keys.Order()];
        int index = Array.BinarySearch(_starts, address);
        int candidate = index >= 0 ? index : ~index - 1;
        if (candidate >= 0 && _byStart[_starts[candidate]] is (ulong end, ManagedMethod found) && address < end)
        {
            method = found;
            return true;
        }

        method = default;
        return false;
    }
}
