using System.Globalization;
using System.Text;

namespace Engine.Emulator.Debugging;

/// <summary>The description of the registers that GDB asks for as <c>target.xml</c>.</summary>
internal static class GdbTargetDescription
{
    /// <summary>The document.</summary>
    public static string Text { get; } = Build();

    private static string Build()
    {
        var text = new StringBuilder();
        text.Append("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">");
        text.Append("<architecture>riscv:rv64</architecture>");
        Begin(text, "org.gnu.gdb.riscv.cpu");
        string[] names =
        [
            "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3",
            "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
        ];
        for (int index = 0; index < names.Length; index++)
            Register(text, names[index], index, TypeOf(names[index]));
        Register(text, "pc", names.Length, "code_ptr");
        text.Append("</feature>");
        Begin(text, "org.gnu.gdb.riscv.fpu");
        text.Append("<union id=\"riscv_double\"><field name=\"float\" type=\"ieee_single\"/>")
            .Append("<field name=\"double\" type=\"ieee_double\"/></union>");
        string[] floats =
        [
            "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7",
            "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
        ];
        for (int index = 0; index < floats.Length; index++)
            Register(text, floats[index], GdbRegisters.FirstFloat + index, "riscv_double");
        string[] controls = ["fflags", "frm", "fcsr"];
        for (int index = 0; index < controls.Length; index++)
            Register(text, controls[index], GdbRegisters.FirstCsr + 1 + index, "int");
        text.Append("</feature>");
        Begin(text, "org.gnu.gdb.riscv.csr");
        foreach ((string name, int number) in GdbRegisters.Csrs)
            Register(text, name, GdbRegisters.FirstCsr + number, "int");
        text.Append("</feature>");
        Begin(text, "org.gnu.gdb.riscv.virtual");
        Register(text, "priv", GdbRegisters.Privilege, "int");
        return text.Append("</feature></target>").ToString();
    }

    private static string TypeOf(string name) => name switch
    {
        "ra" => "code_ptr",
        "sp" or "fp" or "gp" or "tp" => "data_ptr",
        _ => "int",
    };

    private static void Begin(StringBuilder text, string feature) =>
        text.Append(CultureInfo.InvariantCulture, $"<feature name=\"{feature}\">");

    private static void Register(StringBuilder text, string name, int number, string type) =>
        text.Append(CultureInfo.InvariantCulture, $"<reg name=\"{name}\" bitsize=\"64\" regnum=\"{number}\" type=\"{type}\"/>");
}
