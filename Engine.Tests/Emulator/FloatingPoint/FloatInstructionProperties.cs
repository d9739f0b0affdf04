using System.Numerics;
using Engine.Tests.Emulator.Cpu;

namespace Engine.Tests.Emulator.FloatingPoint;

/// <summary>
/// Every instruction that computes, in both formats and all rounding modes, static and from frm, with flags that are clear and with
/// inexact raised before (which lets the host compute): results and flags are those of exact arithmetic.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class FloatInstructionProperties
{
    private const int RoundsOfComputing = 700;
    private const int RoundsOfConversion = 500;
    private const int RoundsOfSelection = 2_000;
    private const uint OpFloat = 0x53;
    private const int Dynamic = 5;

    [Test]
    public void Addition([Values] bool isDouble) =>
        CheckComputed(isDouble, Operation(0, isDouble), static (model, a, b, _, mode) => model.Add(a, b, mode));

    [Test]
    public void Subtraction([Values] bool isDouble) => CheckComputed(
        isDouble, Operation(1, isDouble), (model, a, b, _, mode) => model.Add(a, b ^ FormatOf(isDouble).Sign, mode));

    [Test]
    public void Multiplication([Values] bool isDouble) =>
        CheckComputed(isDouble, Operation(2, isDouble), static (model, a, b, _, mode) => model.Multiply(a, b, mode));

    [Test]
    public void Division([Values] bool isDouble) =>
        CheckComputed(isDouble, Operation(3, isDouble), static (model, a, b, _, mode) => model.Divide(a, b, mode));

    [Test]
    public void Square_roots([Values] bool isDouble) =>
        CheckComputed(isDouble, Operation(11, isDouble, second: 0), static (model, a, _, _, mode) => model.SquareRoot(a, mode));

    [Test]
    public void Fused_multiply_add([Values] bool isDouble, [Values(0x43u, 0x47u, 0x4Bu, 0x4Fu)] uint opcode)
    {
        ulong sign = FormatOf(isDouble).Sign;
        ulong signOfProduct = opcode >= 0x4B ? sign : 0;
        ulong signOfAddend = opcode is 0x47 or 0x4F ? sign : 0;
        CheckComputed(
            isDouble,
            mode => Asm.R(opcode, mode, (4u << 2) | (isDouble ? 1u : 0), 3, 1, 2),
            (model, a, b, c, mode) => model.MultiplyAdd(a ^ signOfProduct, b, c ^ signOfAddend, mode));
    }

    [Test]
    public void Conversions_between_formats([Values] bool toDouble)
    {
        ReferenceFormat from = FormatOf(!toDouble);
        Check(
            from, FormatOf(toDouble), mode => Asm.R(OpFloat, mode, (8u << 2) | (toDouble ? 1u : 0), 3, 1, toDouble ? 0 : 1),
            (model, a, _, _, mode) => model.ToFormat(a, FormatOf(toDouble), mode), RoundsOfConversion);
    }

    [Test]
    public void Conversions_to_integers([Values] bool isDouble, [Values(0, 1, 2, 3)] int kind)
    {
        ReferenceFormat format = FormatOf(isDouble);
        int width = kind < 2 ? 32 : 64;
        BigInteger least = (kind & 1) == 0 ? -(BigInteger.One << (width - 1)) : 0;
        BigInteger greatest = (BigInteger.One << ((kind & 1) == 0 ? width - 1 : width)) - 1;
        uint[] program = Program(Operation(24, isDouble, kind));
        using var machine = new FloatMachine(program);
        var operands = new FloatOperands(format, seed: 100 + kind);
        for (int round = 0; round < RoundsOfConversion * 6; round++)
        {
            ulong a = operands.Next();
            machine.Machine.Hart.SetFloatRegister(1, Boxed(a, format));
            foreach ((int index, int mode) in Modes())
            {
                var model = new ReferenceArithmetic(format);
                BigInteger expected = model.ToInteger(a, least, greatest, mode);
                machine.Flags = 0;
                Execute(machine, index, mode);
                ulong low = (ulong)(expected & ulong.MaxValue);
                Assert.That(
                    (machine.Machine[3], machine.Flags), Is.EqualTo((width == 32 ? (ulong)(int)low : low, model.Flags)),
                    $"0x{a:x} in mode {mode}");
            }
        }
    }

    [Test]
    public void Conversions_from_integers([Values] bool isDouble, [Values(0, 1, 2, 3)] int kind)
    {
        ReferenceFormat format = FormatOf(isDouble);
        uint[] program = Program(Operation(26, isDouble, kind));
        using var machine = new FloatMachine(program);
        var random = new Random(200 + kind);
        for (int round = 0; round < RoundsOfConversion; round++)
        {
            ulong integer = ((ulong)random.NextInt64() << 1) >> random.Next(64);
            integer = round < 6 ? (ulong)round - 3 : random.Next(3) == 0 ? 0 - integer : integer;
            BigInteger value = kind switch { 0 => (int)integer, 1 => (uint)integer, 2 => (long)integer, _ => integer };
            machine.Machine[1] = integer;
            foreach ((int index, int mode) in Modes())
            {
                var model = new ReferenceArithmetic(format);
                ulong expected = Boxed(model.FromInteger(value, mode), format);
                machine.Flags = 0;
                Execute(machine, index, mode);
                Assert.That(
                    (machine.Machine.Hart.GetFloatRegister(3), machine.Flags), Is.EqualTo((expected, model.Flags)),
                    $"{value} in mode {mode}");
            }
        }
    }

    [Test]
    public void Minimum_and_maximum([Values] bool isDouble, [Values] bool greater) => CheckSelected(
        isDouble, 5, greater ? 1u : 0, (model, a, b) => Boxed(model.Extreme(a, b, greater), FormatOf(isDouble)), isInteger: false);

    [Test]
    public void Comparisons([Values] bool isDouble, [Values(0u, 1u, 2u)] uint kind) => CheckSelected(
        isDouble, 20, kind,
        (model, a, b) => model.Compare(a, b, signalsQuiet: kind != 2) is int order
            && (kind == 0 ? order <= 0 : kind == 1 ? order < 0 : order == 0) ? 1UL : 0,
        isInteger: true);

    [Test]
    public void Sign_injection([Values] bool isDouble, [Values(0u, 1u, 2u)] uint kind)
    {
        ulong sign = FormatOf(isDouble).Sign;
        CheckSelected(
            isDouble, 4, kind,
            (_, a, b) => Boxed((a & (sign - 1)) | ((kind == 0 ? b : kind == 1 ? ~b : a ^ b) & sign), FormatOf(isDouble)),
            isInteger: false);
    }

    [Test]
    public void Classes([Values] bool isDouble)
    {
        ReferenceFormat format = FormatOf(isDouble);
        CheckSelected(isDouble, 28, 1, (_, a, _) => 1UL << ClassOf(a, format), isInteger: true, second: 0);
    }

    private static int ClassOf(ulong bits, ReferenceFormat format)
    {
        if (format.IsNaN(bits))
            return format.IsSignaling(bits) ? 8 : 9;
        bool isSubnormal = !format.IsZero(bits) && (bits & (format.Sign - 1)) >> format.FractionBits == 0;
        int negative = format.IsInfinity(bits) ? 0 : format.IsZero(bits) ? 3 : isSubnormal ? 2 : 1;
        return format.IsNegative(bits) ? negative : 7 - negative;
    }

    private static void CheckComputed(
        bool isDouble, Func<uint, uint> encode, Func<ReferenceArithmetic, ulong, ulong, ulong, int, ulong> compute) =>
        Check(FormatOf(isDouble), FormatOf(isDouble), encode, compute, RoundsOfComputing);

    private static void Check(
        ReferenceFormat from, ReferenceFormat to, Func<uint, uint> encode,
        Func<ReferenceArithmetic, ulong, ulong, ulong, int, ulong> compute, int rounds)
    {
        using var machine = new FloatMachine(Program(encode));
        var operands = new FloatOperands(from, seed: (int)encode(0));
        for (int round = 0; round < rounds; round++)
        {
            (ulong a, ulong b, ulong c) = (operands.Next(), operands.Next(), operands.Next());
            machine.Machine.Hart.SetFloatRegister(1, Boxed(a, from));
            machine.Machine.Hart.SetFloatRegister(2, Boxed(b, from));
            machine.Machine.Hart.SetFloatRegister(4, Boxed(c, from));
            foreach ((int index, int mode) in Modes())
            {
                var model = new ReferenceArithmetic(from);
                ulong expected = Boxed(compute(model, a, b, c, mode), to);
                foreach (int before in (int[])[0, ReferenceFormat.Inexact])
                {
                    machine.Flags = before;
                    Execute(machine, index, mode);
                    Assert.That(
                        (machine.Machine.Hart.GetFloatRegister(3), machine.Flags), Is.EqualTo((expected, model.Flags | before)),
                        $"0x{a:x}, 0x{b:x}, 0x{c:x} in mode {mode} with flags {before}");
                }
            }
        }
    }

    private static void CheckSelected(
        bool isDouble, uint function5, uint function3, Func<ReferenceArithmetic, ulong, ulong, ulong> select, bool isInteger,
        int second = 2)
    {
        ReferenceFormat format = FormatOf(isDouble);
        using var machine = new FloatMachine(Operation(function5, isDouble, second)(function3));
        var operands = new FloatOperands(format, seed: (int)((function5 * 8) + function3));
        ulong previous = 0;
        for (int round = 0; round < RoundsOfSelection; round++)
        {
            ulong a = operands.Next();
            ulong b = round % 5 == 0 ? previous : operands.Next();
            previous = round % 10 == 0 ? a ^ format.Sign : a;
            machine.Machine.Hart.SetFloatRegister(1, Boxed(a, format));
            machine.Machine.Hart.SetFloatRegister(2, Boxed(b, format));
            machine.Flags = 0;
            machine.Execute(0);
            var model = new ReferenceArithmetic(format);
            ulong expected = select(model, a, b);
            ulong actual = isInteger ? machine.Machine[3] : machine.Machine.Hart.GetFloatRegister(3);
            Assert.That((actual, machine.Flags), Is.EqualTo((expected, model.Flags)), $"0x{a:x}, 0x{b:x}");
        }
    }

    private static ReferenceFormat FormatOf(bool isDouble) => isDouble ? ReferenceFormat.Double : ReferenceFormat.Single;

    private static ulong Boxed(ulong bits, ReferenceFormat format) => format.Width == 32 ? bits | FloatMachine.BoxOfSingle : bits;

    private static Func<uint, uint> Operation(uint function5, bool isDouble, int second = 2) =>
        function3 => Asm.R(OpFloat, function3, (function5 << 2) | (isDouble ? 1u : 0), 3, 1, second);

    /// <summary>The instruction with each static mode, and with the mode from frm.</summary>
    private static uint[] Program(Func<uint, uint> encode) => [encode(0), encode(1), encode(2), encode(3), encode(4), encode(7)];

    private static IEnumerable<(int Index, int Mode)> Modes()
    {
        for (int mode = 0; mode <= 4; mode++)
        {
            yield return (mode, mode);
            yield return (Dynamic, mode);
        }
    }

    private static void Execute(FloatMachine machine, int index, int mode)
    {
        machine.Machine.SetCsr(FloatMachine.Frm, index == Dynamic ? (ulong)mode : 7);
        machine.Execute(index);
    }
}
