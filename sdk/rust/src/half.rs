//! Half-precision floats, for which Rust has no type.

/// Returns the number that the bits of a half-precision float stand for.
pub(crate) fn float_from_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// Returns the bits of the nearest half-precision float, ties to even.
pub(crate) fn half_from_float(number: f64) -> u16 {
    let sign = if number.is_sign_negative() { 1 << 15 } else { 0 };
    let size = number.abs();
    let exponent = ((size.to_bits() >> 52) as i32 - 1023).max(-14);
    if exponent > 15 {
        return if number.is_nan() { 0x7e00 } else { sign | 31 << 10 };
    }
    // In units of the last place the number is below 2048, so rounding is exact; a carry into the exponent adds up.
    let units = (size * 2f64.powi(10 - exponent)).round_ties_even() as u16;
    sign | ((((exponent + 14) as u16) << 10) + units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_even_and_come_back() {
        for bits in (0..=u16::MAX).filter(|&bits| !float_from_half(bits).is_nan()) {
            assert_eq!(half_from_float(float_from_half(bits)), bits);
        }
        assert_eq!(float_from_half(half_from_float(2049.0)), 2048.0);
        assert_eq!(float_from_half(half_from_float(2051.0)), 2052.0);
        assert_eq!(float_from_half(half_from_float(2049.000000001)), 2050.0);
        assert_eq!(half_from_float(65519.0), 0x7bff);
        assert_eq!(half_from_float(65520.0), 0x7c00);
        assert_eq!(half_from_float(2f64.powi(-25)), 0);
        assert_eq!(half_from_float(2f64.powi(-25) * 1.5), 1);
    }
}
