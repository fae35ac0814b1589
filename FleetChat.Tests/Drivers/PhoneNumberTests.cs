using FleetChat.Core.Drivers;

namespace FleetChat.Tests.Drivers;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("(512) 555-0104", "US", "+15125550104")]
    [InlineData("15125550104", "US", "+15125550104")]
    [InlineData("512.555.0104", "CA", "+15125550104")]
    [InlineData("+1 555 823 4327", "US", "+15558234327")]
    [InlineData("+49 30 1234567", "US", "+49301234567")]
    [InlineData("011 52 55 1234 5678", "US", "+525512345678")]
    [InlineData("030 1234567", "DE", "+49301234567")]
    [InlineData("55 1234 5678", "MX", "+525512345678")]
    public void A_rosters_number_is_read_in_the_companys_country(string text, string country, string e164)
    {
        var reading = PhoneReading.Of(text, country);

        Assert.Equal((e164, null), (reading.Number?.E164, reading.Flag));
    }

    [Theory]
    [InlineData("5558234327", "US", "+15558234327", PhoneFlags.NoCountry)]
    [InlineData("525512345678", "US", "+525512345678", PhoneFlags.NoCountry)]
    [InlineData("447911123456", "US", "+447911123456", PhoneFlags.NoCountry)]
    [InlineData("4915112345", "US", "+14915112345", PhoneFlags.NoCountry)]
    [InlineData("3312345678", "MX", "+523312345678", null)]
    [InlineData("4791234567", "BR", "+554791234567", PhoneFlags.Ambiguous)]
    [InlineData("512-555-0104 ext. 12", "US", "+15125550104", PhoneFlags.Ambiguous)]
    public void What_can_be_another_phone_is_flagged(string text, string country, string e164, string? flag)
    {
        var reading = PhoneReading.Of(text, country);

        Assert.Equal((e164, flag), (reading.Number?.E164, reading.Flag));
    }

    [Theory]
    [InlineData("")]
    [InlineData("555-0123-ext-what")]
    [InlineData("call Bob")]
    [InlineData("12")]
    [InlineData("+")]
    [InlineData("512 555 0104 or 512 555 0105")]
    [InlineData("+1 555 8234327 +1 555 8234328 +1 555 8234329 and some more")]
    public void What_is_no_number_is_none(string text)
    {
        var reading = PhoneReading.Of(text, "US");

        Assert.Equal((null, PhoneFlags.NotPossible), (reading.Number?.E164, reading.Flag));
    }

    [Theory]
    [InlineData("15558234327", "+15558234327")]
    [InlineData("+15558234327", "+15558234327")]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData("US.13491208655302741918", null)]
    public void WhatsApps_digits_are_read_as_they_are(string? digits, string? e164) => Assert.Equal(e164, PhoneNumber.FromWhatsApp(digits)?.E164);

    [Fact]
    public void A_number_in_a_log_line_is_masked() => Assert.Equal("+…4327", $"{PhoneNumber.FromWhatsApp("15558234327")}");
}
